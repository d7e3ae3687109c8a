//! The few files one rendering may read: the template, what templates share, the data, what is enclosed. No disk,
//! no network, no clock.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::stock::Stock;

pub(super) struct Desk<'a> {
    stock: &'a Stock,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

impl<'a> Desk<'a> {
    /// What is enclosed is found by its number, so that no name from outside is a path.
    pub(super) fn new(
        stock: &'a Stock,
        template: &str,
        data: &serde_json::Value,
        enclosed: Vec<Vec<u8>>,
    ) -> Desk<'a> {
        let data = Bytes::new(data.to_string().into_bytes());
        let mut files = vec![
            (id("/data.json"), data),
            (id("/fonts.json"), stock.families.clone()),
        ];
        let numbered = enclosed.into_iter().enumerate();
        files.extend(numbered.map(|(n, file)| (id(&format!("/enclosed/{n}")), Bytes::new(file))));
        Desk {
            stock,
            main: stock.main(template),
            files,
        }
    }
}

#[expect(clippy::expect_used, reason = "called with constant names, all sound")]
pub(super) fn id(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("a sound path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.stock.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.stock.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let mut sources = std::iter::once(&self.main).chain(&self.stock.shared);
        sources
            .find(|s| s.id() == id)
            .cloned()
            .ok_or_else(|| absent(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(file, _)| *file == id);
        found
            .map(|(_, bytes)| bytes.clone())
            .ok_or_else(|| absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.stock.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
