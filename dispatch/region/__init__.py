"""Where it is and how long it takes to get there: packs, road times, gazetteer, agencies."""
