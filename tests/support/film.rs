//! Films put together box by box: as sound as a phone's, or lying in one place.

/// A box.
pub fn boxed(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    let length = u32::try_from(inside.len() + 8).unwrap();
    [&length.to_be_bytes()[..], kind, inside].concat()
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn be(n: u32) -> [u8; 4] {
    n.to_be_bytes()
}

/// What a film is to look like.
#[derive(Clone)]
pub struct Film {
    pub brand: &'static [u8; 4],
    pub codec: &'static [u8; 4],
    /// By its samples, milliseconds; ten pictures a second.
    pub ms: u32,
    /// What the header says.
    pub header_ms: u32,
    /// Turned by a quarter.
    pub turned: bool,
    /// Length of the sound, milliseconds; 0: none.
    pub sound_ms: u32,
    /// Samples in fragments behind an empty movie.
    pub fragmented: bool,
    /// The movie behind the media, as phones write it.
    pub tables_last: bool,
    /// Bytes of media.
    pub media: usize,
}

/// Twelve seconds from a phone.
pub const SHORT: Film = Film {
    brand: b"isom",
    codec: b"avc1",
    ms: 12_000,
    header_ms: 12_000,
    turned: false,
    sound_ms: 11_900,
    fragmented: false,
    tables_last: false,
    media: 5_000,
};

impl Film {
    pub fn lasting(ms: u32) -> Film {
        Film {
            ms,
            header_ms: ms,
            sound_ms: ms,
            media: 20_000,
            ..SHORT
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let brand = boxed(b"ftyp", &join(&[self.brand, &be(0), self.brand]));
        let media = boxed(b"mdat", &vec![7; self.media]);
        let moov = self.movie();
        let rest = match (self.fragmented, self.tables_last) {
            (true, _) => join(&[&moov, &self.fragment(), &media]),
            (false, true) => join(&[&media, &moov]),
            (false, false) => join(&[&moov, &media]),
        };
        join(&[&brand, &rest])
    }

    fn movie(&self) -> Vec<u8> {
        let header = join(&[
            &be(0),
            &be(0),
            &be(0),
            &be(1000),
            &be(self.header_ms),
            &[0; 80],
        ]);
        let mut inside = boxed(b"mvhd", &header);
        inside.extend(self.track(1, b"vide", self.codec, self.ms));
        if self.sound_ms > 0 {
            inside.extend(self.track(2, b"soun", b"mp4a", self.sound_ms));
        }
        if self.fragmented {
            let usual = join(&[&be(0), &be(1), &be(1), &be(100), &be(0), &be(0)]);
            inside.extend(boxed(b"mvex", &boxed(b"trex", &usual)));
        }
        boxed(b"moov", &inside)
    }

    fn track(&self, id: u32, handler: &[u8; 4], codec: &[u8; 4], ms: u32) -> Vec<u8> {
        let one = be(0x1_0000);
        let matrix = match self.turned {
            true => join(&[&be(0), &one, &be(0), &be(0xffff_0000), &be(0), &be(0)]),
            false => join(&[&one, &be(0), &be(0), &be(0), &one, &be(0)]),
        };
        let head = join(&[
            &be(7),
            &be(0),
            &be(0),
            &be(id),
            &be(0),
            &be(ms),
            &[0; 16],
            &matrix,
            &[0; 12],
            &[0; 8],
        ]);
        let clock = join(&[&be(0), &be(0), &be(0), &be(1000), &be(ms), &be(0)]);
        let kind = join(&[&be(0), &be(0), handler, &[0; 13]]);
        let entry = join(&[
            &[0; 24],
            &640_u16.to_be_bytes(),
            &480_u16.to_be_bytes(),
            &[0; 50],
        ]);
        let described = join(&[&be(0), &be(1), &boxed(codec, &entry)]);
        let samples = if self.fragmented { 0 } else { ms / 100 };
        let lengths = join(&[&be(0), &be(1), &be(samples), &be(100)]);
        // of one byte each
        let sizes = join(&[&be(0), &be(1), &be(samples)]);
        let tables = join(&[
            &boxed(b"stsd", &described),
            &boxed(b"stts", &lengths),
            &boxed(b"stsz", &sizes),
        ]);
        let media = join(&[
            &boxed(b"mdhd", &clock),
            &boxed(b"hdlr", &kind),
            &boxed(b"minf", &boxed(b"stbl", &tables)),
        ]);
        boxed(
            b"trak",
            &join(&[&boxed(b"tkhd", &head), &boxed(b"mdia", &media)]),
        )
    }

    /// One fragment whose pictures have the usual length, and one that tells each.
    fn fragment(&self) -> Vec<u8> {
        let whole = self.ms / 100;
        let (first, second) = (whole / 2, whole - whole / 2);
        let of = |run: Vec<u8>| {
            let head = boxed(b"tfhd", &join(&[&be(0), &be(1)]));
            boxed(
                b"moof",
                &boxed(b"traf", &join(&[&head, &boxed(b"trun", &run)])),
            )
        };
        let told: Vec<u8> = (0..second).flat_map(|_| be(100)).collect();
        join(&[
            &of(join(&[&be(0), &be(first)])),
            &of(join(&[&be(0x100), &be(second), &told])),
        ])
    }
}
