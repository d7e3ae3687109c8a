"""Draws the glyphs of a CFF font with fewer points, within a tolerance of where they were.

    simplify.py IN.otf OUT.otf [TOLERANCE]

Runs of neighbouring segments become one line or one curve when eight points of each segment stay within TOLERANCE (units
of the em, 1 of 1,000 unless told) of it; of all ways to do so, the one with the fewest bytes is taken. Hints go, and metrics,
characters and names stay. Needs fonttools and numpy.
"""

import sys
from multiprocessing import Pool

import numpy as np
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

SAMPLES = 8  # on each segment
LONGEST = 8  # segments that may become one
ROUNDS = 4  # of fitting and looking for the nearest points again


def segments(recording):
    """Contours as lists of four control points a segment; a line has its control points on itself."""
    contours, here, start, current = [], None, None, []
    for name, points in recording:
        if name == "moveTo":
            start = here = points[0]
            current = []
        elif name == "lineTo":
            current.append(line(here, points[0]))
            here = points[0]
        elif name == "curveTo":
            current.append((here, *points))
            here = points[-1]
        elif name in ("closePath", "endPath"):
            if here != start:
                current.append(line(here, start))
            current = [s for s in current if not s[0] == s[1] == s[2] == s[3]]
            if current:
                contours.append(current)
    return contours


def line(a, b):
    third = lambda p, q: (p[0] + (q[0] - p[0]) / 3, p[1] + (q[1] - p[1]) / 3)
    return a, third(a, b), third(b, a), b


def bezier(t, a, b, c, d):
    u = 1 - t
    return u**3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t**3 * d


def argument_bytes(values):
    size = np.abs(values)
    return np.where(size == 0, 0, np.where(size <= 107, 1, np.where(size <= 1131, 2, 3)))


def fitted(contour, tolerance):
    """The cheapest way round: a list of (control point, control point, end); a line has none of the first two."""
    count = len(contour)
    pieces = np.array(contour, dtype=float)  # count, 4, 2
    steps = np.arange(SAMPLES) / SAMPLES
    a, b, c, d = (pieces[:, n, None, :] for n in range(4))
    sampled = bezier(steps[None, :, None], a, b, c, d)  # count, SAMPLES, 2

    most = min(LONGEST, count)
    begin, length = (x.ravel() for x in np.meshgrid(np.arange(count), np.arange(1, most + 1), indexing="ij"))
    keep = begin + length <= count
    begin, length = begin[keep], length[keep]
    width = most * SAMPLES + 1
    at = np.minimum(np.arange(width)[None, :], (length * SAMPLES)[:, None])
    everything = np.concatenate([sampled.reshape(-1, 2), pieces[-1:, 3]])
    points = everything[begin[:, None] * SAMPLES + at]  # runs, width, 2; the end is repeated
    inside = np.arange(width)[None, :] <= (length * SAMPLES)[:, None]
    first, last = points[:, :1], points[:, -1:]

    # lines
    chord = (last - first)[:, 0]
    long = np.hypot(*chord.T)
    away = points - first
    off = np.abs(away[..., 0] * chord[:, None, 1] - away[..., 1] * chord[:, None, 0]) / np.maximum(long, 1e-9)[:, None]
    along = (away * chord[:, None]).sum(-1) / np.maximum(long, 1e-9)[:, None]
    beyond = np.maximum(-along, along - long[:, None])
    straight = (np.maximum(off, beyond).max(1) <= tolerance) & (long > 0)

    # curves: ends fixed, control points by least squares
    gaps = np.hypot(*np.moveaxis(np.diff(points, axis=1), -1, 0))
    t = np.concatenate([np.zeros((len(gaps), 1)), np.cumsum(gaps, 1)], 1)
    t /= np.maximum(t[:, -1:], 1e-9)
    weight = (inside & (t > 0) & (t < 1)).astype(float)
    for turn in range(ROUNDS + 2):
        if turn <= ROUNDS:
            u = 1 - t
            p, q = 3 * u * u * t * weight, 3 * u * t * t * weight
            rest = points - (u**3)[..., None] * first - (t**3)[..., None] * last
            pp, pq, qq = (p * p).sum(1) + 1e-9, (p * q).sum(1), (q * q).sum(1) + 1e-9
            x, y = (p[..., None] * rest).sum(1), (q[..., None] * rest).sum(1)
            over = pp * qq - pq * pq + 1e-12
            left = (x * qq[:, None] - y * pq[:, None]) / over[:, None]
            right = (y * pp[:, None] - x * pq[:, None]) / over[:, None]
            if turn == ROUNDS:
                left, right = np.round(left), np.round(right)
            left, right = left[:, None], right[:, None]
        u = 1 - t
        on = bezier(t[..., None], first, left, right, last)
        one = 3 * ((u * u)[..., None] * (left - first) + (2 * u * t)[..., None] * (right - left) + (t * t)[..., None] * (last - right))
        two = 6 * (u[..., None] * (right - 2 * left + first) + t[..., None] * (last - 2 * right + left))
        gap = on - points
        slope = (one * one).sum(-1) + (gap * two).sum(-1)
        move = (gap * one).sum(-1) / np.where(np.abs(slope) < 1e-9, 1e9, slope)
        t = np.clip(t - np.clip(move, -0.1, 0.1), 0, 1)
    on = bezier(t[..., None], first, left, right, last)
    error = np.where(inside, np.hypot(*np.moveaxis(on - points, -1, 0)), 0).max(1)
    forward = (np.diff(t, axis=1) >= -1e-3).all(1)
    curved = (error <= tolerance) & forward

    # what was there already
    lone = length == 1
    was_line = np.array([s == line(s[0], s[3]) for s in contour])
    original = pieces[begin]
    left, right = left[:, 0], right[:, 0]
    left[lone], right[lone] = np.round(original[lone, 1]), np.round(original[lone, 2])
    curved[lone] = True
    straight[lone] |= was_line[begin[lone]]

    deltas = np.stack([left - first[:, 0], right - left, last[:, 0] - right], 1)
    curve_cost = np.maximum(argument_bytes(deltas).sum((1, 2)), 4) + 0.3
    line_cost = np.maximum(argument_bytes(chord).sum(1), 1) + 0.4
    cost = np.where(straight, line_cost, np.where(curved, curve_cost, np.inf))

    best, came = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=int)
    best[0] = 0
    for run in np.argsort(begin, kind="stable"):
        i, j = begin[run], begin[run] + length[run]
        if best[i] + cost[run] < best[j]:
            best[j], came[j] = best[i] + cost[run], run
    way, j = [], count
    while j > 0:
        run = came[j]
        end = tuple(pieces[j - 1, 3])
        way.append((end,) if straight[run] else (tuple(left[run]), tuple(right[run]), end))
        j = begin[run]
    return way[::-1]


def turned(contour):
    """Begun where it bends most, since no run goes past the beginning."""
    def bend(n):
        before, after = contour[n - 1], contour[n]
        came, goes = (np.subtract(s[3], s[0]) for s in (before, after))
        return abs(np.arctan2(came[0] * goes[1] - came[1] * goes[0], np.dot(came, goes)))

    n = max(range(len(contour)), key=bend)
    return contour[n:] + contour[:n]


def work(task):
    width, recording, tolerance = task
    pen = T2CharStringPen(width, None)
    for contour in segments(recording):
        contour = turned(contour)
        way = fitted(contour, tolerance)
        pen.moveTo(contour[0][0])
        # the line back to the beginning goes without saying
        for step in way[:-1] if len(way[-1]) == 1 else way:
            pen.lineTo(*step) if len(step) == 1 else pen.curveTo(*step)
        pen.closePath()
    made = pen.getCharString(optimize=True)
    made.compile()
    return made.bytecode


def main(source, target, tolerance=1.0):
    font = TTFont(source)
    top, glyphs = font["CFF "].cff[0], font.getGlyphSet()
    names = font.getGlyphOrder()
    tasks = []
    for name in names:
        pen = RecordingPen()
        glyphs[name].draw(pen)
        charstring = top.CharStrings[name]
        private = charstring.private
        width = None if charstring.width == private.defaultWidthX else round(charstring.width - private.nominalWidthX)
        tasks.append((width, pen.value, float(tolerance)))
    with Pool() as pool:
        drawn = pool.map(work, tasks, chunksize=50)
    for name, bytecode in zip(names, drawn):
        charstring = top.CharStrings[name]
        charstring.bytecode, charstring.program = bytecode, None
        assert isinstance(charstring, T2CharString)
    for dictionary in getattr(top, "FDArray", [top]):
        private = dictionary.Private
        for hint in ("BlueValues", "OtherBlues", "FamilyBlues", "FamilyOtherBlues", "StemSnapH", "StemSnapV", "StdHW", "StdVW", "Subrs"):
            private.rawDict.pop(hint, None)
            if hasattr(private, hint):
                delattr(private, hint)
    top.GlobalSubrs.items.clear()
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
