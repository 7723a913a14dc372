"""What readers may see, by reader.  Every page, feed and sitemap begins here, so a draft cannot slip out.

Statements are built once and executed with parameters, because building one takes ten times as long as executing it.
"""
