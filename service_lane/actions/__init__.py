"""What the service lane does, one business verb each.

writeup       start, save, mark_damage, drop, open_repair_order
appointments  book, arrive, cancel
orders        assign, set_promise, expect_parts, say_cause, make_ready, tell_ready, void
photos        add_photo, settle_photo
inspection    start, record_item, mark_rest_good, complete, record_code
templates     install_default
trouble_codes load_codes
"""
