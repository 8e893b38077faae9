"""Charts: figures in, positions out. Geometry alone; the shapes are drawn by `templates/charts`.

Positions along the width are in per cent of it and heights in pixels, so that a chart is as wide as
its page and its text as large as the page's, on a phone as on a desk.
"""
