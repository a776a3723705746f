"""The demonstration group: invented people, prices and cars, loaded through the same actions as real use."""
