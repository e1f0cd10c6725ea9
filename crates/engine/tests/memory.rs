//! What an engine keeps is bounded, however many people write whatever they like.

use std::alloc::System;

use cliphound_engine::{EmoteSet, Engine, EventTime, Input, Message, Role, Settings};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What the engine of one channel keeps at most, in bytes.
const BOUND: i64 = 8 * 1024 * 1024;
/// What it may keep beyond what it kept after half of the flood: a forest is trained meanwhile.
const GROWTH: i64 = 1024 * 1024;
const MILLION: i64 = 1_000_000;

/// A line of somebody who never wrote before, of words and emotes that nobody wrote before.
fn line(number: i64) -> Input {
    let text = match number % 4 {
        0 => format!("!testclip {number} {:x}", number * 7_919),
        1 => format!("pogEmote{number} pogEmote{number} pogEmote{}", number + 1),
        2 => format!("word{number} and word{} or {number}{number}", number * 31),
        _ => format!("Type JOIN{number} to take part in number {number}!"),
    };
    Input::Message(Message {
        id: Some(format!("id-{number}")),
        user: Some(format!("viewer{number}")),
        text,
        emotes: vec![format!("pogEmote{number}")],
        role: if number % 8 < 4 { Role::Viewer } else { Role::Moderator },
        ..Message::default()
    })
}

/// Bytes that are held since `region` began.
fn held(region: &Region<'_, System>) -> i64 {
    let change = region.change();
    change.bytes_allocated as i64 - change.bytes_deallocated as i64
}

/// 5,000 lines a second for more than three minutes, and one set of emotes after the other.
#[test]
fn a_million_people_texts_and_emotes_fit_into_a_bound() {
    let region = Region::new(MEMORY);
    let mut engine = Engine::new(Settings::default(), 1);
    let (mut after_half, mut most) = (0, 0);
    for number in 0..MILLION {
        let now = EventTime(number / 5);
        engine.handle(now, &line(number));
        if number % 50_000 == 0 {
            let names = (0..20_000).map(|n| format!("emote{n}of{number}"));
            engine.handle(now, &Input::Emotes(EmoteSet::new(names)));
            engine.handle(now, &Input::UserCleared { user: format!("viewer{number}") });
        }
        if number % 10_000 == 9_999 {
            most = held(&region).max(most);
            if number < MILLION / 2 {
                after_half = most;
            }
        }
    }
    println!("after half {after_half} bytes, at most {most}");
    assert!(most < BOUND, "{most} bytes");
    assert!(most - after_half < GROWTH, "{after_half} bytes, then {most}");
}
