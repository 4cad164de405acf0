use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use card::{Card, Key, Part};
use events::{Event, Moment, Phase};
use futures_util::future::join_all;
use routes::Routes;
use story::{History, Story, Subject, Trend};
use tokio::time::Instant;

use crate::{
    Board, Courier, Inquire, Taken,
    board::name,
    record::{Asked, Lease, Record, Trended, later},
    records::{Kept, Trouble},
    step::{Powers, Wanted, next},
    works::{Look, look, may_be_part, sought},
};

/// How often AWS is asked about one failure.
const ASK: u32 = 2;

/// Failures of one card that AWS is asked about.
const FAILURES: usize = 8;

/// What is kept of the time for writing down how far it got.
const MARGIN: Duration = Duration::from_secs(2);

/// The work of one invocation for one event.
pub(crate) struct Round<'a, C, I> {
    pub(crate) board: &'a Board<C, I>,
    pub(crate) event: &'a Event,
    pub(crate) routes: &'a Routes,
    pub(crate) until: Instant,
    /// What this invocation's leases are known by.
    pub(crate) holder: String,
}

/// What came of seeing to one card.
#[derive(Debug)]
pub(crate) enum Settled {
    Taken(Taken),
    /// It was found out what belongs to what.
    Found(Vec<Part>),
}

/// What went on in this round, for one card.
#[derive(Default)]
pub(crate) struct Course {
    /// Messages that were refused for good, by place and slot.
    pub(crate) refused: BTreeSet<(String, String)>,
    /// Why.
    pub(crate) why: Vec<String>,
    /// How often a message was put off.
    pub(crate) put_off: u32,
    /// The failures that AWS was asked about.
    asked: BTreeSet<String>,
    /// Whether it was asked whose part this is.
    asked_parent: bool,
}

/// What there is to do for a card.
enum Need {
    /// To say how an execution stands to those before it.
    Trend(u64, Phase),
    /// To ask AWS about these.
    Ask(Vec<Subject>),
    /// To see to the messages.
    Messages,
    Nothing,
}

impl<'a, C: Courier, I: Inquire> Round<'a, C, I> {
    pub(crate) fn new(
        board: &'a Board<C, I>,
        event: &'a Event,
        routes: &'a Routes,
        until: Instant,
    ) -> Self {
        Self {
            board,
            event,
            routes,
            until,
            holder: format!("{:032x}", fastrand::u128(..)),
        }
    }

    /// Makes the messages of a card say what it says, unless somebody else is
    /// at it.
    pub(crate) async fn settle(
        &self,
        key: &Key,
        mut kept: Kept<Record>,
    ) -> Result<Settled, Trouble> {
        let mut course = Course::default();
        loop {
            let now = self.board.now();
            if let Some(lease) = self.foreign(&kept.record, now) {
                // Whoever holds it reads again before it goes. But if it came
                // by it with this very event, it may be gone.
                return Ok(Settled::Taken(match lease.event == self.event.id {
                    true => Taken::Later {
                        after: lease.left(now),
                        why: "an earlier try at this event may still be at work".to_owned(),
                    },
                    false => Taken::Done,
                }));
            }
            let wanted = self.wanted(key, &kept.record);
            match self.need(key, &kept.record, &wanted, &course) {
                Need::Nothing => match self.release(key, kept).await? {
                    Some(reread) => kept = reread,
                    None => break,
                },
                _ if Instant::now() + MARGIN >= self.until => {
                    self.let_go(key).await?;
                    return Ok(later_on(Duration::ZERO, "the time was over"));
                }
                _ if Self::is_held(key, &kept.record) => {
                    if let Some(settled) = self.hold(key, &kept, &mut course).await? {
                        return Ok(settled);
                    }
                    // It is no longer held: it is told by itself.
                    kept = self.take_lease(key, kept).await?;
                }
                _ if !self.is_mine(&kept.record, now) => {
                    kept = self.take_lease(key, kept).await?;
                }
                Need::Trend(attempt, phase) => {
                    let trend = self.trend(key, &kept.record.card).await?;
                    kept = self
                        .write(key, move |record| {
                            record.trend = Some(Trended {
                                attempt,
                                phase,
                                trend,
                            });
                        })
                        .await?;
                }
                Need::Ask(subjects) => kept = self.ask(key, kept, subjects, &mut course).await?,
                Need::Messages => {
                    let powers = Powers {
                        is_live: self.board.courier.is_live(),
                    };
                    let posts = kept.record.posts.clone();
                    let Some(step) = next(&posts, &wanted, &course.refused, powers) else {
                        continue;
                    };
                    match self.carry_out(key, kept, step, &mut course).await? {
                        Ok(reread) => kept = reread,
                        Err(taken) => return Ok(Settled::Taken(taken)),
                    }
                }
            }
        }
        if let Some(settled) = self.look_for_works(key).await? {
            return Ok(settled);
        }
        Ok(Settled::Taken(match course.why.is_empty() {
            true => Taken::Done,
            false => Taken::Lost {
                why: course.why.join("; "),
            },
        }))
    }

    fn need(&self, key: &Key, record: &Record, wanted: &Wanted, course: &Course) -> Need {
        if !wanted.is_part {
            if let Some((attempt, phase)) = ending(key, &record.card) {
                let said = record.trend.as_ref().map(|t| (t.attempt, t.phase));
                if said != Some((attempt, phase)) {
                    return Need::Trend(attempt, phase);
                }
            }
            let subjects = self.open(record, course);
            if !subjects.is_empty() && !Self::is_held(key, record) {
                return Need::Ask(subjects);
            }
        }
        let powers = Powers {
            is_live: self.board.courier.is_live(),
        };
        match next(&record.posts, wanted, &course.refused, powers) {
            Some(_) => Need::Messages,
            None => Need::Nothing,
        }
    }

    /// The failures that AWS has not been asked about, or has not answered much.
    fn open(&self, record: &Record, course: &Course) -> Vec<Subject> {
        let is_open = |subject: &Subject| {
            let name = subject.to_string();
            match record.asked.get(&name) {
                None => true,
                // A second time with another event: AWS itself learns late.
                Some(asked) => {
                    let thin = asked.finding.texts.is_empty() || !asked.finding.missing.is_empty();
                    thin && asked.times < ASK && !course.asked.contains(&name)
                }
            }
        };
        let subjects = Subject::all(&record.card).into_iter();
        subjects.filter(is_open).take(FAILURES).collect()
    }

    async fn ask(
        &self,
        key: &Key,
        kept: Kept<Record>,
        subjects: Vec<Subject>,
        course: &mut Course,
    ) -> Result<Kept<Record>, Trouble> {
        let mut findings = BTreeMap::new();
        let card = &kept.record.card;
        let inquirer = &self.board.inquirer;
        let answers = subjects
            .iter()
            .map(|subject| inquirer.finding(card, subject));
        for (subject, answer) in subjects.iter().zip(join_all(answers).await) {
            course.asked.insert(subject.to_string());
            findings.insert(subject.to_string(), answer);
        }
        self.write(key, move |record| {
            for (subject, finding) in &findings {
                let asked: &mut Asked = record.asked.entry(subject.clone()).or_default();
                asked.times += 1;
                asked.finding = finding.clone();
            }
        })
        .await
    }

    /// How an execution stands to those before it, now that it has ended.
    async fn trend(&self, key: &Key, card: &Card) -> Result<Option<Trend>, Trouble> {
        let Key::Execution(id) = key else {
            return Ok(None);
        };
        // A path as the key's own, and none of a card's.
        let of_pipeline = Key::Event(id.pipeline.clone()).to_string();
        let name = format!("histories/{of_pipeline}.json");
        let take = |history: &mut History| history.take(card);
        let kept = self.board.records.edit(&name, None, take).await?;
        Ok(kept.record.trend(&id.execution))
    }

    /// What shall stand.
    fn wanted(&self, key: &Key, record: &Record) -> Wanted {
        if record.card.part_of.is_some() {
            return Wanted {
                is_part: true,
                ..Wanted::default()
            };
        }
        let trend = record.trend.as_ref();
        // A new attempt is no ending.
        let ending = ending(key, &record.card);
        let trend = trend.filter(|t| Some((t.attempt, t.phase)) == ending);
        let trend = trend.and_then(|t| t.trend);
        let story = Story::new(key, &record.card, &record.findings(), trend);
        let courier = &self.board.courier;
        let mut wanted = Wanted::default();
        for way in self.routes.decide(&story).ways {
            let messages = courier.messages(&story, &way);
            wanted.places.entry(courier.place(&way)).or_insert(messages);
        }
        for (place, slots) in &record.posts {
            if slots.is_empty() || wanted.places.contains_key(place) {
                continue;
            }
            let way = routes::Way {
                channel: Some(place.clone()),
                mention: None,
                rule: "it stands there".to_owned(),
            };
            let messages = courier.messages(&story, &way);
            wanted.kept.insert(place.clone(), messages);
        }
        wanted
    }

    /// Whether it may still turn out that this belongs to another card.
    fn is_held(key: &Key, record: &Record) -> bool {
        may_be_part(key, &record.card) && !record.has_posts() && !record.is_alone
    }

    /// Finds out whose part it is, or has the event come back to see. None: it
    /// is nobody's, as far as can be known.
    async fn hold(
        &self,
        key: &Key,
        kept: &Kept<Record>,
        course: &mut Course,
    ) -> Result<Option<Settled>, Trouble> {
        let record = &kept.record;
        if !course.asked_parent {
            course.asked_parent = true;
            if let Some(parent) = self.board.inquirer.parent(key, &record.card).await
                && parent != *key
            {
                let card = Card {
                    part_of: Some(parent),
                    ..Card::default()
                };
                let part = Part {
                    key: key.clone(),
                    card,
                };
                return Ok(Some(Settled::Found(vec![part])));
            }
        }
        let age = record
            .since
            .map(|since| since_then(since, self.board.now()));
        let left = self
            .board
            .options
            .hold
            .saturating_sub(age.unwrap_or_default());
        if left.is_zero() {
            return Ok(None);
        }
        let event = &self.event.id;
        let claim = |record: &mut Record| match &record.held_by {
            Some(_) => false,
            None => {
                record.held_by = Some(event.clone());
                true
            }
        };
        let kept = self.board.records.edit(&name(key), None, claim).await?;
        if kept.record.card.part_of.is_some() {
            return Ok(Some(later_on(
                Duration::ZERO,
                "it has just found its pipeline",
            )));
        }
        Ok(Some(match kept.record.held_by.as_ref() == Some(event) {
            true => later_on(left, "its pipeline may still show"),
            // The event that holds it comes back.
            false => Settled::Taken(Taken::Done),
        }))
    }

    /// Looks for what does the work of an execution's running actions.
    async fn look_for_works(&self, key: &Key) -> Result<Option<Settled>, Trouble> {
        let Key::Execution(_) = key else {
            return Ok(None);
        };
        let mut found = Look::Nothing;
        let hold = self.board.options.hold;
        let change = |record: &mut Record| {
            let now = self.board.now();
            // What nobody is told of needs no looking for.
            if !record.has_posts() {
                return false;
            }
            let sought = sought(&record.card);
            found = look(record.looked.as_ref(), sought, &self.event.id, (now, hold));
            let (Look::Wait(looked, _) | Look::Ask(looked)) = &found else {
                return false;
            };
            let is_new = record.looked.as_ref() != Some(looked);
            record.looked = Some(looked.clone());
            is_new
        };
        let kept: Kept<Record> = self.board.records.edit(&name(key), None, change).await?;
        Ok(match found {
            Look::Nothing => None,
            Look::Wait(_, left) => Some(later_on(left, "its deployment may still show")),
            Look::Ask(looked) => {
                let parts = self.board.inquirer.works(&kept.record.card).await;
                let left = looked.left(self.board.now());
                match left {
                    _ if !parts.is_empty() => Some(Settled::Found(parts)),
                    Some(left) => Some(later_on(left, "its deployment does not show yet")),
                    None => None,
                }
            }
        })
    }

    fn foreign<'r>(&self, record: &'r Record, now: Moment) -> Option<&'r Lease> {
        let lease = record.lease.as_ref()?;
        (lease.holder != self.holder && lease.holds(now)).then_some(lease)
    }

    fn is_mine(&self, record: &Record, now: Moment) -> bool {
        // Half of it has to be left for what is about to be done.
        let half = self.board.options.lease / 2;
        record
            .lease
            .as_ref()
            .is_some_and(|lease| lease.holder == self.holder && lease.left(now) > half)
    }

    pub(crate) fn lease(&self, time: Duration) -> Lease {
        Lease {
            holder: self.holder.clone(),
            event: self.event.id.clone(),
            until: later(self.board.now(), time),
        }
    }

    /// Takes or renews the lease, unless somebody has written since; answers
    /// the record as it is now.
    async fn take_lease(&self, key: &Key, kept: Kept<Record>) -> Result<Kept<Record>, Trouble> {
        let Kept {
            mut record,
            edition,
        } = kept;
        record.lease = Some(self.lease(self.board.options.lease));
        record.is_alone |= may_be_part(key, &record.card);
        let records = &self.board.records;
        let name = name(key);
        match records.replace(&name, record, edition.as_ref()).await? {
            Some(kept) => Ok(kept),
            None => records.load(&name).await,
        }
    }

    /// Changes a record that this round has the lease of, and renews that.
    pub(crate) async fn write(
        &self,
        key: &Key,
        mut change: impl FnMut(&mut Record),
    ) -> Result<Kept<Record>, Trouble> {
        let change = |record: &mut Record| {
            change(record);
            // One that was lost meanwhile is not taken back by force.
            if self.foreign(record, self.board.now()).is_none() {
                record.lease = Some(self.lease(self.board.options.lease));
            }
            true
        };
        self.board.records.edit(&name(key), None, change).await
    }

    /// Gives the lease back. Some: somebody has written since, so there may be
    /// more to do.
    async fn release(
        &self,
        key: &Key,
        kept: Kept<Record>,
    ) -> Result<Option<Kept<Record>>, Trouble> {
        let Kept {
            mut record,
            edition,
        } = kept;
        if record.lease.is_none() {
            return Ok(None);
        }
        record.lease = None;
        let records = &self.board.records;
        let name = name(key);
        match records.replace(&name, record, edition.as_ref()).await? {
            Some(_) => Ok(None),
            None => records.load(&name).await.map(Some),
        }
    }

    /// Gives the lease back although there is more to do: this event comes
    /// again.
    pub(crate) async fn let_go(&self, key: &Key) -> Result<(), Trouble> {
        let change = |record: &mut Record| {
            let mine = |lease: &Lease| lease.holder == self.holder;
            record.lease.take_if(|lease| mine(lease)).is_some()
        };
        self.board.records.edit(&name(key), None, change).await?;
        Ok(())
    }
}

fn since_then(since: Moment, now: Moment) -> Duration {
    Duration::from_millis(now.0.saturating_sub(since.0).max(0).unsigned_abs())
}

pub(crate) fn later_on(after: Duration, why: &str) -> Settled {
    Settled::Taken(Taken::Later {
        after,
        why: why.to_owned(),
    })
}

/// How an execution ended, by its latest attempt: what counts for its trend.
fn ending(key: &Key, card: &Card) -> Option<(u64, Phase)> {
    let Key::Execution(_) = key else {
        return None;
    };
    let (attempt, run) = card.runs.last_key_value()?;
    let phase = run.standing.as_ref()?.phase;
    matches!(phase, Phase::Succeeded | Phase::Failed).then_some((*attempt, phase))
}
