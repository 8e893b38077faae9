"""The public pages: tiny views, one a page. They read through `reading` and write nothing."""
