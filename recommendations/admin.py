"""The admin of advice: whose law it follows is set up here; decisions and the record are looked up."""
