"""AWS for a dry run: reads go through and are remembered, writes are recorded and answered as if they had been made.

What was written shows in the reads that follow: what was deleted is gone, what was stopped has stopped, what was tagged
carries the tags. So a handler goes on to its end, and the next one meets what the first would have left.
"""
