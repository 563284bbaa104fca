"""Sums that a summary of a site shows beside the results of the calculations.

By account, by member, by source, by month, by treatment. Every number is a figure with its inputs,
so that a reader can walk from it to the flows.
"""
