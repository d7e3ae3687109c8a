//! Boxes of ISO/IEC 14496-12, read with checked arithmetic out of bytes that nobody vouches for.

/// Four letters that name a box.
pub type Kind = [u8; 4];

/// Why a file is not understood.
#[derive(Debug)]
pub enum Flaw {
    Io(std::io::Error),
    /// It ends before it should.
    Truncated,
    /// It contradicts itself, or the standard; in a word for the log.
    Malformed(&'static str),
    /// Its tables are longer than anybody's five minutes need.
    Excessive,
}

impl From<std::io::Error> for Flaw {
    fn from(error: std::io::Error) -> Flaw {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Flaw::Truncated,
            _ => Flaw::Io(error),
        }
    }
}

/// How many boxes a file may have, those inside others included.
pub struct Budget(u32);

impl Budget {
    pub fn new(boxes: u32) -> Budget {
        Budget(boxes)
    }

    pub fn take(&mut self) -> Result<(), Flaw> {
        self.0 = self.0.checked_sub(1).ok_or(Flaw::Excessive)?;
        Ok(())
    }
}

/// What is inside a box.
#[derive(Clone, Copy)]
pub struct Payload<'a>(pub &'a [u8]);

impl<'a> Payload<'a> {
    /// So many bytes from a place.
    pub fn bytes<const N: usize>(self, at: usize) -> Result<[u8; N], Flaw> {
        let end = at.checked_add(N).ok_or(Flaw::Malformed("offset"))?;
        let found = self.0.get(at..end).and_then(|b| b.try_into().ok());
        found.ok_or(Flaw::Malformed("short box"))
    }

    pub fn u16(self, at: usize) -> Result<u16, Flaw> {
        Ok(u16::from_be_bytes(self.bytes(at)?))
    }

    pub fn u32(self, at: usize) -> Result<u32, Flaw> {
        Ok(u32::from_be_bytes(self.bytes(at)?))
    }

    pub fn u64(self, at: usize) -> Result<u64, Flaw> {
        Ok(u64::from_be_bytes(self.bytes(at)?))
    }

    /// Version of a full box.
    pub fn version(self) -> Result<u8, Flaw> {
        Ok(self.bytes::<1>(0)?[0])
    }

    /// Flags of a full box.
    pub fn flags(self) -> Result<u32, Flaw> {
        Ok(self.u32(0)? & 0x00ff_ffff)
    }

    /// A table of `count` entries of `size` bytes from a place; a count that the box has no room for is refused before
    /// anything is done with it.
    pub fn table(self, at: usize, count: u32, size: usize) -> Result<&'a [u8], Flaw> {
        let length = usize::try_from(count)
            .ok()
            .and_then(|n| n.checked_mul(size));
        let end = length.and_then(|n| n.checked_add(at));
        let table = end.and_then(|end| self.0.get(at..end));
        table.ok_or(Flaw::Malformed("table longer than its box"))
    }

    /// Calls with each box inside. A few bytes behind the last one are padding, as some phones leave.
    pub fn each(
        self,
        budget: &mut Budget,
        mut on: impl FnMut(Kind, Payload<'a>, &mut Budget) -> Result<(), Flaw>,
    ) -> Result<(), Flaw> {
        let mut rest = self;
        while rest.0.len() >= 8 {
            budget.take()?;
            let (head, length) = match rest.u32(0)? {
                0 => (8, rest.0.len() as u64),
                1 => (16, rest.u64(8)?),
                length => (8, u64::from(length)),
            };
            let length = usize::try_from(length).map_err(|_| Flaw::Malformed("box length"))?;
            let inside = rest.0.get(head..length);
            let inside = inside.ok_or(Flaw::Malformed("box length"))?;
            on(rest.bytes(4)?, Payload(inside), budget)?;
            rest = Payload(&rest.0[length..]);
        }
        Ok(())
    }
}
