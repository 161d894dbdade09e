"""Rounded texts of exact fractions, for display only; comparisons use the exact values."""

from fractions import Fraction


def rounded(value: Fraction, places: int) -> str:
    """Return a number that is not negative with so many decimals, rounded half up."""
    scale = 10**places
    units = (value * scale * 2 + 1) // 2
    return f"{units // scale}.{units % scale:0{places}d}" if places else str(units)
