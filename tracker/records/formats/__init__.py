"""How forms and the desk write dates: Django looks here first (FORMAT_MODULE_PATH)."""
