//! One a notice, from sign-in to the last review step.

mod bozhou_2022;
