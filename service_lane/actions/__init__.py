"""What the service lane does, one business verb each.

writeup       start, save, undo, choose, drop, open_repair_order
damage        mark_damage, take_off
signing       sign
appointments  book, arrive, cancel
orders        assign, set_promise, expect_parts, say_cause, make_ready, undo_ready, tell_ready, undo_tell, void
photos        add_photo, mark_photo, settle_photo
inspection    start, record_item, mark_rest_good, complete
changes       see_changes
codes         record_code, remove_code, make_finding
templates     install_default
trouble_codes load_codes
"""
