"""What is true: nouns, facts and the fold that turns facts into the operational picture.

No input or output, no clocks, no randomness, no database and no window here.
"""
