"""One picture after the other, by libvips' programs or by Pillow; prints one JSON line, as the measured program does.

    pictures.py vips|pillow judge|thumbnail FILE SECONDS

A program of libvips is a process for each picture, whose start is counted; Pillow stays. The peak is that of one picture.
"""

import io
import json
import os
import sys
import time

EDGE, QUALITY = 320, 85


def vips(task, file):
    """Decodes the whole picture, or makes it small; libvips may read less of it for that. CPU seconds and peak."""
    small = f"{file}.vips.jpg[Q={QUALITY},strip]"
    commands = {
        "judge": ["vips", "avg", file],
        "thumbnail": ["vipsthumbnail", file, "--size", str(EDGE), "--output", small],
    }
    command = commands[task]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def pillow(task, file):
    """The same by Pillow, which may read less of the picture, too."""
    from PIL import Image, ImageOps

    before = time.process_time()
    picture = Image.open(file)
    if task == "judge":
        picture.load()
    else:
        picture.thumbnail((EDGE, EDGE))
        ImageOps.exif_transpose(picture).save(io.BytesIO(), "JPEG", quality=QUALITY)
    return time.process_time() - before, own_peak()


def own_peak():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main():
    kind, task, file, seconds = sys.argv[1:]
    one = {"vips": vips, "pillow": pillow}[kind]
    pictures, cpu, peak, started = 0, 0.0, 0.0, time.monotonic()
    while time.monotonic() - started < float(seconds):
        spent, most = one(task, file)
        pictures, cpu, peak = pictures + 1, cpu + spent, peak or most
    elapsed = time.monotonic() - started
    print(json.dumps({"pictures": pictures, "cpu_seconds": cpu, "seconds": elapsed, "peak_mb": peak}))


main()
