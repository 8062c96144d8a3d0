"""Where calls and reports come from. A source turns what happens outside into the desk's verbs."""
