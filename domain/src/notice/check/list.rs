/// What the checks found, each at its place.
#[derive(Debug, Default)]
pub(super) struct List {
    pub found: Vec<Finding>,
}

/// A fault before its line is known.
#[derive(Debug)]
pub(super) struct Finding {
    /// Place as `/stage/1/opens`.
    pub at: String,
    /// Other places that were looked at.
    pub also: Vec<String>,
    pub code: &'static str,
    pub message: String,
}

impl List {
    pub fn add(&mut self, at: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.add_with(at, &[], code, message);
    }

    /// A fault that comes from comparing with other places.
    pub fn add_with(
        &mut self,
        at: impl Into<String>,
        also: &[String],
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.found.push(Finding {
            at: at.into(),
            also: also.to_vec(),
            code,
            message: message.into(),
        });
    }
}

impl Finding {
    /// Was one of its places, or something in or around it, unreadable and only made up?
    pub fn touches(&self, made_up: &[String]) -> bool {
        let near = |a: &str, b: &str| {
            a == b || b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/'))
        };
        std::iter::once(&self.at)
            .chain(&self.also)
            .any(|place| made_up.iter().any(|m| near(place, m) || near(m, place)))
    }
}
