"""The course as a site of static pages, and the browser that tries them."""
