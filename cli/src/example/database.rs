use std::{
    collections::BTreeSet,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

/// What the shop sells.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    name: &'static str,
    price: u32,
}

pub(super) const ITEMS: &[Item] = &[
    Item {
        name: "tea",
        price: 3,
    },
    Item {
        name: "coffee",
        price: 4,
    },
];

/// An order, as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Order {
    pub(super) id: usize,
    item: String,
    quantity: u32,
    total: u64,
}

/// What all tasks of the shop share.
#[derive(Debug, Default)]
pub(crate) struct Database(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    tokens: BTreeSet<String>,
    orders: Vec<Order>,
}

impl Database {
    /// A new token.
    pub(super) fn log_in(&self) -> String {
        // Each of these has keys of its own; a demonstration needs no better.
        let random = || RandomState::new().hash_one(0);
        let token = format!("{:016x}{:016x}", random(), random());
        self.tables().tokens.insert(token.clone());
        token
    }

    pub(super) fn is_logged_in(&self, token: &str) -> bool {
        self.tables().tokens.contains(token)
    }

    /// Takes an order; none of what isn't sold.
    pub(super) fn order(&self, item: &str, quantity: u32) -> Option<Order> {
        let price = ITEMS.iter().find(|known| known.name == item)?.price;
        let mut tables = self.tables();
        let order = Order {
            id: tables.orders.len() + 1,
            item: item.to_owned(),
            quantity,
            total: u64::from(price) * u64::from(quantity),
        };
        tables.orders.push(order.clone());
        Some(order)
    }

    pub(super) fn read(&self, id: usize) -> Option<Order> {
        let tables = self.tables();
        tables.orders.iter().find(|order| order.id == id).cloned()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_back() {
        let database = Database::default();
        let order = database.order("tea", 2).unwrap();
        assert_eq!(order.total, 6);
        assert_eq!(database.read(order.id), Some(order));
        assert_eq!(database.read(7), None);
        assert_eq!(database.order("cake", 1), None);
    }

    #[test]
    fn a_token_is_new_each_time() {
        let database = Database::default();
        let (one, other) = (database.log_in(), database.log_in());
        assert_ne!(one, other);
        assert!(database.is_logged_in(&one) && database.is_logged_in(&other));
        assert!(!database.is_logged_in(""));
    }
}
