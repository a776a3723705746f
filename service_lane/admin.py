"""The admin of the lane: the catalog, the templates and the trouble codes are set up here; orders are looked up."""
