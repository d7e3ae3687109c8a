//! The movie box and its fragments: what the tables of samples say, beside what the headers claim.

use std::io::{Read, Seek, SeekFrom};

use super::boxes::{Budget, Flaw, Kind, Payload};

/// Longest tables of a file, bytes; an hour of video has about one million.
const LONGEST_TABLES: u64 = 16 << 20;
const MOST_BOXES: u32 = 100_000;
const MOST_TRACKS: usize = 64;

/// A file's tracks and how long its header says that it lasts.
#[derive(Debug, Default)]
pub struct Movie {
    /// Major brand; absent in old QuickTime files.
    pub brand: Option<Kind>,
    /// Units a second of `header_units`.
    pub timescale: u32,
    pub header_units: u64,
    /// The longest edit list, in the same units: what a player is told to show, which may be less or more than there is.
    pub edit_units: u64,
    pub tracks: Vec<Track>,
    /// Bytes of media.
    pub media_bytes: u64,
}

/// One track.
#[derive(Debug, Default)]
pub struct Track {
    pub id: u32,
    /// `vide`, `soun`, …
    pub handler: Kind,
    pub codec: Kind,
    /// As stored.
    pub width: u16,
    pub height: u16,
    /// Shown turned by a quarter, so that width and height change places.
    pub turned: bool,
    pub timescale: u32,
    /// Sum of all samples' lengths, in `timescale`.
    pub units: u64,
    pub samples: u64,
    /// Sum of all samples' sizes, where they are told.
    pub bytes: u64,
    /// Samples of which the sizes are told.
    sized: u64,
    /// Length of the last sample in the table.
    last: u32,
}

/// Length of a track's sample when its fragment does not say.
struct Usual {
    track: u32,
    units: u32,
}

/// Reads heads of boxes and the tables, nothing of the media itself.
pub fn read(file: &mut (impl Read + Seek), length: u64) -> Result<Movie, Flaw> {
    let (mut movie, mut budget) = (Movie::default(), Budget::new(MOST_BOXES));
    let (mut defaults, mut tables, mut at) = (Vec::new(), 0_u64, 0_u64);
    let mut has_movie = false;
    while length - at >= 8 {
        budget.take()?;
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        file.read_exact(&mut head[..8])?;
        let (short, kind) = (Payload(&head).u32(0)?, Payload(&head).bytes::<4>(4)?);
        let (head_length, whole) = match short {
            0 => (8, length - at),
            1 => {
                file.read_exact(&mut head[8..])?;
                (16, Payload(&head).u64(8)?)
            }
            short => (8, u64::from(short)),
        };
        let inside = whole.checked_sub(head_length);
        let inside = inside.ok_or(Flaw::Malformed("box length"))?;
        if whole > length - at {
            return Err(Flaw::Truncated);
        }
        match &kind {
            b"ftyp" => {
                let mut brand = Kind::default();
                file.read_exact(&mut brand)?;
                movie.brand = Some(brand);
            }
            b"mdat" => movie.media_bytes = movie.media_bytes.saturating_add(inside),
            b"moov" | b"moof" => {
                tables = tables.saturating_add(inside);
                if tables > LONGEST_TABLES {
                    return Err(Flaw::Excessive);
                }
                let mut table = vec![0; usize::try_from(inside).map_err(|_| Flaw::Excessive)?];
                file.read_exact(&mut table)?;
                if &kind == b"moov" {
                    if has_movie {
                        return Err(Flaw::Malformed("two movies"));
                    }
                    has_movie = true;
                    movie.movie(Payload(&table), &mut budget, &mut defaults)?;
                } else {
                    movie.fragment(Payload(&table), &mut budget, &defaults)?;
                }
            }
            _ => {}
        }
        at += whole;
    }
    if has_movie {
        Ok(movie)
    } else {
        Err(Flaw::Malformed("no movie"))
    }
}

impl Movie {
    fn movie(
        &mut self,
        movie: Payload<'_>,
        budget: &mut Budget,
        defaults: &mut Vec<Usual>,
    ) -> Result<(), Flaw> {
        movie.each(budget, |kind, inside, budget| match &kind {
            b"mvhd" => {
                (self.timescale, self.header_units) = clock(inside)?;
                Ok(())
            }
            b"trak" if self.tracks.len() == MOST_TRACKS => Err(Flaw::Excessive),
            b"trak" => {
                let (track, edits) = Track::read(inside, budget)?;
                self.edit_units = self.edit_units.max(edits);
                self.tracks.push(track);
                Ok(())
            }
            b"mvex" => inside.each(budget, |kind, inside, _| {
                if &kind == b"trex" {
                    defaults.push(Usual {
                        track: inside.u32(4)?,
                        units: inside.u32(12)?,
                    });
                }
                Ok(())
            }),
            _ => Ok(()),
        })
    }

    fn fragment(
        &mut self,
        fragment: Payload<'_>,
        budget: &mut Budget,
        defaults: &[Usual],
    ) -> Result<(), Flaw> {
        fragment.each(budget, |kind, inside, budget| {
            if &kind == b"traf" {
                self.run(inside, budget, defaults)?;
            }
            Ok(())
        })
    }

    /// Adds the samples of a track's fragment.
    fn run(
        &mut self,
        fragment: Payload<'_>,
        budget: &mut Budget,
        defaults: &[Usual],
    ) -> Result<(), Flaw> {
        let (mut id, mut usual) = (0_u32, 0_u32);
        let (mut units, mut samples) = (0_u64, 0_u64);
        fragment.each(budget, |kind, inside, _| {
            match &kind {
                b"tfhd" => {
                    id = inside.u32(4)?;
                    usual = defaults
                        .iter()
                        .find(|d| d.track == id)
                        .map_or(0, |d| d.units);
                    let flags = inside.flags()?;
                    // base data offset, description index
                    let skipped = 8 * usize::from(flags & 1 != 0) + 4 * usize::from(flags & 2 != 0);
                    if flags & 8 != 0 {
                        usual = inside.u32(8 + skipped)?;
                    }
                }
                b"trun" => {
                    let (flags, count) = (inside.flags()?, inside.u32(4)?);
                    // data offset, flags of the first sample
                    let skipped = 4 * (usize::from(flags & 1 != 0) + usize::from(flags & 4 != 0));
                    let cells = [0x100, 0x200, 0x400, 0x800];
                    let size = 4 * cells.into_iter().filter(|cell| flags & cell != 0).count();
                    let table = inside.table(8 + skipped, count, size)?;
                    units = units.saturating_add(match flags & 0x100 {
                        0 => u64::from(count).saturating_mul(usual.into()),
                        _ => sum(table, size),
                    });
                    samples = samples.saturating_add(count.into());
                }
                _ => {}
            }
            Ok(())
        })?;
        if let Some(track) = self.tracks.iter_mut().find(|t| t.id == id) {
            track.units = track.units.saturating_add(units);
            track.samples = track.samples.saturating_add(samples);
        }
        Ok(())
    }
}

impl Track {
    /// With the length of its edit list, in the movie's units.
    fn read(track: Payload<'_>, budget: &mut Budget) -> Result<(Track, u64), Flaw> {
        let (mut found, mut edits) = (Track::default(), 0_u64);
        track.each(budget, |kind, inside, budget| match &kind {
            b"tkhd" => {
                let (id, matrix) = match inside.version()? {
                    1 => (20, 52),
                    _ => (12, 40),
                };
                found.id = inside.u32(id)?;
                // a quarter turn has nothing on the diagonal
                found.turned = inside.u32(matrix)? == 0 && inside.u32(matrix + 4)? != 0;
                Ok(())
            }
            b"mdia" => found.media(inside, budget),
            b"edts" => inside.each(budget, |kind, inside, _| {
                if &kind == b"elst" {
                    edits = edits.saturating_add(edited(inside)?);
                }
                Ok(())
            }),
            _ => Ok(()),
        })?;
        // samples that the table of lengths forgets last as long as the last that it knows
        let forgotten = found.sized.saturating_sub(found.samples);
        let longer = forgotten.saturating_mul(found.last.into());
        found.units = found.units.saturating_add(longer);
        Ok((found, edits))
    }

    fn media(&mut self, media: Payload<'_>, budget: &mut Budget) -> Result<(), Flaw> {
        media.each(budget, |kind, inside, budget| match &kind {
            b"mdhd" => {
                self.timescale = clock(inside)?.0;
                Ok(())
            }
            b"hdlr" => {
                self.handler = inside.bytes(8)?;
                Ok(())
            }
            b"minf" => inside.each(budget, |kind, inside, budget| match &kind {
                b"stbl" => inside.each(budget, |kind, inside, _| self.table(kind, inside)),
                _ => Ok(()),
            }),
            _ => Ok(()),
        })
    }

    fn table(&mut self, kind: Kind, inside: Payload<'_>) -> Result<(), Flaw> {
        match &kind {
            // of several descriptions the first one counts
            b"stsd" if inside.u32(4)? > 0 => {
                self.codec = inside.bytes(12)?;
                if let (Ok(width), Ok(height)) = (inside.u16(40), inside.u16(42)) {
                    (self.width, self.height) = (width, height);
                }
            }
            b"stts" => {
                let table = inside.table(8, inside.u32(4)?, 8)?;
                for run in table.chunks_exact(8).map(Payload) {
                    let (count, units) = (u64::from(run.u32(0)?), u64::from(run.u32(4)?));
                    self.samples = self.samples.saturating_add(count);
                    self.units = self.units.saturating_add(count.saturating_mul(units));
                    self.last = run.u32(4)?;
                }
            }
            b"stsz" => {
                let (all, count) = (u64::from(inside.u32(4)?), inside.u32(8)?);
                self.sized = count.into();
                self.bytes = match all {
                    0 => sum(inside.table(12, count, 4)?, 4),
                    all => all.saturating_mul(count.into()),
                };
            }
            _ => {}
        }
        Ok(())
    }

    /// How long it lasts by its samples, milliseconds.
    pub fn milliseconds(&self) -> u64 {
        milliseconds(self.units, self.timescale)
    }
}

/// Units in milliseconds, rounded up, so that nothing over a limit looks as if it kept it.
pub fn milliseconds(units: u64, timescale: u32) -> u64 {
    match timescale {
        0 => 0,
        scale => {
            u64::try_from((u128::from(units) * 1000).div_ceil(scale.into())).unwrap_or(u64::MAX)
        }
    }
}

/// Time scale and length of a movie's or a track's header.
fn clock(header: Payload<'_>) -> Result<(u32, u64), Flaw> {
    match header.version()? {
        1 => Ok((header.u32(20)?, header.u64(24)?)),
        _ => Ok((header.u32(12)?, header.u32(16)?.into())),
    }
}

/// Sum of an edit list: what is to be shown, and empty stretches.
fn edited(list: Payload<'_>) -> Result<u64, Flaw> {
    let (wide, count) = (list.version()? == 1, list.u32(4)?);
    let size = if wide { 20 } else { 12 };
    let rows = list.table(8, count, size)?.chunks_exact(size).map(Payload);
    rows.map(|row| match wide {
        true => row.u64(0),
        false => row.u32(0).map(u64::from),
    })
    .try_fold(0_u64, |sum, units| Ok(sum.saturating_add(units?)))
}

/// First cells of all rows together.
fn sum(table: &[u8], size: usize) -> u64 {
    let rows = table.chunks_exact(size.max(1)).map(Payload);
    rows.filter_map(|row| row.u32(0).ok())
        .fold(0, |sum, cell| sum.saturating_add(cell.into()))
}
