use std::time::Duration;

use card::Key;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    Courier, Inquire, Order, Refusal, Search, Taken,
    record::{Lease, Post, Record},
    records::{Kept, Trouble},
    settle::{Course, Round},
    step::Step,
};

/// How often a message is put off here, before the event comes again.
const PUT_OFF: u32 = 8;

/// The pause where the destination names none.
const PAUSE: Duration = Duration::from_secs(1);

impl<C: Courier, I: Inquire> Round<'_, C, I> {
    /// Carries out one step, under the lease. Err: the rest comes later.
    pub(crate) async fn carry_out(
        &self,
        key: &Key,
        kept: Kept<Record>,
        step: Step<'_>,
        course: &mut Course,
    ) -> Result<Result<Kept<Record>, Taken>, Trouble> {
        let courier = &self.board.courier;
        // What can't be taken back stays, and nobody tries again.
        let is_withdrawn = matches!(step, Step::Withdraw { .. });
        let (place, slot, done) = match step {
            Step::Post {
                place,
                message,
                thread,
            } => {
                let slot = message.slot.as_str();
                let mark = format!("{:032x}", fastrand::u128(..));
                // Written before it is done: if this ends in between, whoever
                // comes next looks for it.
                let meant = self.intend(key, kept, (place, slot), &mark).await?;
                if meant.is_none() {
                    return self.reload(key).await.map(Ok);
                }
                let order = Order {
                    place,
                    thread,
                    message,
                    mark: &mark,
                };
                match self.in_time(courier.post(order)).await {
                    Ok(handle) => {
                        let stands = Post::Stands {
                            mark,
                            handle,
                            digest: Some(message.digest()),
                        };
                        return self.stands(key, (place, slot), stands).await.map(Ok);
                    }
                    // Whether it is there is seen in the next step.
                    Err(Refusal::Unsure { why }) => {
                        return self.put_off(key, course, (PAUSE, why)).await;
                    }
                    // It is not there.
                    Err(refusal) => {
                        self.forget(key, place, slot).await?;
                        (place, slot, Err(refusal))
                    }
                }
            }
            Step::Find {
                place,
                slot,
                thread,
                mark,
                since,
            } => {
                let search = Search {
                    place,
                    thread,
                    mark,
                    since,
                };
                match self.in_time(courier.find(search)).await {
                    Ok(Some(handle)) => {
                        let stands = Post::Stands {
                            mark: mark.to_owned(),
                            handle,
                            digest: None,
                        };
                        return self.stands(key, (place, slot), stands).await.map(Ok);
                    }
                    Ok(None) => return self.forget(key, place, slot).await.map(Ok),
                    Err(refusal) => (place, slot, Err(refusal)),
                }
            }
            Step::Update {
                place,
                message,
                thread,
                handle,
                mark,
            } => {
                let order = Order {
                    place,
                    thread,
                    message,
                    mark,
                };
                let slot = message.slot.as_str();
                let updated = self.in_time(courier.update(handle, order)).await;
                if updated.is_ok() {
                    let stands = Post::Stands {
                        mark: mark.to_owned(),
                        handle: handle.to_owned(),
                        digest: Some(message.digest()),
                    };
                    return self.stands(key, (place, slot), stands).await.map(Ok);
                }
                (place, slot, updated)
            }
            Step::Withdraw {
                place,
                slot,
                handle,
            } => (place, slot, self.in_time(courier.withdraw(handle)).await),
            Step::Forget { place, slot } => (place, slot, Ok(())),
        };
        match done {
            // It is gone, by us or by somebody else.
            Err(Refusal::Never { .. }) if is_withdrawn => {
                self.forget(key, place, slot).await.map(Ok)
            }
            Ok(()) | Err(Refusal::Gone { .. }) => self.forget(key, place, slot).await.map(Ok),
            Err(Refusal::Again { after, why }) => {
                self.put_off(key, course, (after.unwrap_or(PAUSE), why))
                    .await
            }
            Err(Refusal::Unsure { why }) => self.put_off(key, course, (PAUSE, why)).await,
            Err(Refusal::Never { why }) => {
                course.refused.insert((place.to_owned(), slot.to_owned()));
                course.why.push(why);
                self.reload(key).await.map(Ok)
            }
        }
    }

    /// Waits a while, if that is short, or has the event come again. The lease
    /// is kept: until then nobody else need try, and whoever comes after it may.
    async fn put_off(
        &self,
        key: &Key,
        course: &mut Course,
        (after, why): (Duration, String),
    ) -> Result<Result<Kept<Record>, Taken>, Trouble> {
        course.put_off += 1;
        // The others of a burst wait as well, and shall not all come at once.
        let after = after.mul_f64(1.0 + fastrand::f64() / 4.0);
        let patience = self.board.options.patience;
        let fits = Instant::now() + after + self.board.options.lease / 2 < self.until;
        if after <= patience && course.put_off <= PUT_OFF && fits {
            sleep(after).await;
            return self.reload(key).await.map(Ok);
        }
        let rest = self.lease(after);
        let change = |record: &mut Record| {
            let mine = |lease: &Lease| lease.holder == self.holder;
            let is_mine = record.lease.as_ref().is_some_and(mine);
            if is_mine {
                record.lease = Some(rest.clone());
            }
            is_mine
        };
        self.edit(key, change).await?;
        Ok(Err(Taken::Later { after, why }))
    }

    /// Writes down that a message is about to be posted. None: somebody has
    /// written since, so it may have to say something else.
    async fn intend(
        &self,
        key: &Key,
        kept: Kept<Record>,
        (place, slot): (&str, &str),
        mark: &str,
    ) -> Result<Option<Kept<Record>>, Trouble> {
        let Kept {
            mut record,
            edition,
        } = kept;
        let meant = Post::Meant {
            mark: mark.to_owned(),
            since: self.board.now(),
        };
        let slots = record.posts.entry(place.to_owned()).or_default();
        slots.insert(slot.to_owned(), meant);
        record.lease = Some(self.lease(self.board.options.lease));
        let records = &self.board.records;
        records
            .replace(&crate::board::name(key), record, edition.as_ref())
            .await
    }

    /// Writes down that a message stands. If another one stands there by now,
    /// this one is taken back: the lease was lost on the way.
    async fn stands(
        &self,
        key: &Key,
        (place, slot): (&str, &str),
        post: Post,
    ) -> Result<Kept<Record>, Trouble> {
        let Post::Stands { handle: own, .. } = &post else {
            return self.reload(key).await;
        };
        let mut is_second = false;
        let kept = self
            .write(key, |record| {
                let slots = record.posts.entry(place.to_owned()).or_default();
                is_second = matches!(
                    slots.get(slot),
                    Some(Post::Stands { handle, .. }) if handle != own
                );
                if !is_second {
                    slots.insert(slot.to_owned(), post.clone());
                }
            })
            .await?;
        if is_second && self.board.courier.is_live() {
            // Whatever comes of it, the other one is the one that is kept.
            let _ = self.in_time(self.board.courier.withdraw(own)).await;
        }
        Ok(kept)
    }

    async fn forget(&self, key: &Key, place: &str, slot: &str) -> Result<Kept<Record>, Trouble> {
        self.write(key, |record| {
            let is_empty = record.posts.get_mut(place).is_some_and(|slots| {
                slots.remove(slot);
                slots.is_empty()
            });
            if is_empty {
                record.posts.remove(place);
            }
        })
        .await
    }

    async fn reload(&self, key: &Key) -> Result<Kept<Record>, Trouble> {
        self.board.records.load(&crate::board::name(key)).await
    }

    async fn edit(
        &self,
        key: &Key,
        change: impl FnMut(&mut Record) -> bool,
    ) -> Result<Kept<Record>, Trouble> {
        let records = &self.board.records;
        records.edit(&crate::board::name(key), None, change).await
    }

    /// A call of the courier, which ends when the time is over.
    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        timeout_at(self.until, call).await.unwrap_or_else(|_| {
            Err(Refusal::Unsure {
                why: "the time was over while the message was on its way".to_owned(),
            })
        })
    }
}
