"""The encoder as a program: started as this folder, it imports nothing of the site."""

import runpy

runpy.run_module("encoder", run_name="__main__")
