"""The engine: runs carried out slice by slice, by whoever has time, from any state and at any moment.

One rule: the database is the truth. A nudge only says that there may be something to do; whatever it leads to may be
done twice, or by two at once, or be broken off.
"""
