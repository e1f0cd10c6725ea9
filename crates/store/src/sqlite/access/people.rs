//! SQL of people and what is granted to them.

use std::collections::BTreeMap;

use sqlx::{Connection, SqliteConnection};

use crate::{
    access::{CameIn, Hash, MAX_GRANTS, MAX_PEOPLE, NewPerson, Person},
    error::{Failure, StoreError},
};

macro_rules! person {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, role, password IS NOT NULL AS has_password, twitch_login, twitch_id,
                    invite_until_ms, created_ms FROM people ",
            $rest
        )
    };
}

pub async fn all(conn: &mut SqliteConnection) -> Result<Vec<Person>, Failure> {
    Ok(sqlx::query_as(person!("ORDER BY name")).fetch_all(conn).await?)
}

pub async fn with_id(conn: &mut SqliteConnection, id: i64) -> Result<Option<Person>, Failure> {
    Ok(sqlx::query_as(person!("WHERE id = ?")).bind(id).fetch_optional(conn).await?)
}

pub async fn called(conn: &mut SqliteConnection, name: &str) -> Result<Option<Person>, Failure> {
    Ok(sqlx::query_as(person!("WHERE name = ?")).bind(name).fetch_optional(conn).await?)
}

/// Whoever is that account at Twitch, or shall be.
pub async fn at_twitch(
    conn: &mut SqliteConnection,
    id: &str,
    login: &str,
) -> Result<Option<Person>, Failure> {
    let sql = person!(
        "WHERE twitch_id = ?1 OR twitch_login = ?2
         ORDER BY COALESCE(twitch_id, '') = ?1 DESC LIMIT 1"
    );
    Ok(sqlx::query_as(sql).bind(id).bind(login).fetch_optional(conn).await?)
}

pub async fn invited(
    conn: &mut SqliteConnection,
    invite: &Hash,
    now_ms: i64,
) -> Result<Option<Person>, Failure> {
    let sql = person!("WHERE invite = ? AND invite_until_ms > ?");
    Ok(sqlx::query_as(sql).bind(&invite[..]).bind(now_ms).fetch_optional(conn).await?)
}

pub async fn password(conn: &mut SqliteConnection, id: i64) -> Result<Option<String>, Failure> {
    let found: Option<(Option<String>,)> =
        sqlx::query_as("SELECT password FROM people WHERE id = ?")
            .bind(id)
            .fetch_optional(conn)
            .await?;
    Ok(found.and_then(|(password,)| password))
}

pub async fn count(conn: &mut SqliteConnection) -> Result<i64, Failure> {
    let (count,) = sqlx::query_as("SELECT count(*) FROM people").fetch_one(conn).await?;
    Ok(count)
}

/// Whether anybody has a password.
pub async fn has_password(conn: &mut SqliteConnection) -> Result<bool, Failure> {
    let found: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM people WHERE password IS NOT NULL LIMIT 1")
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}

pub async fn grants(
    conn: &mut SqliteConnection,
    person: i64,
) -> Result<BTreeMap<String, String>, Failure> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT channel, role FROM grants WHERE person = ?")
            .bind(person)
            .fetch_all(conn)
            .await?;
    Ok(BTreeMap::from_iter(rows))
}

/// Who came in by a session or a token of theirs.
pub async fn came_in<T>(
    conn: &mut SqliteConnection,
    person: i64,
    by: T,
) -> Result<Option<CameIn<T>>, Failure> {
    let Some(who) = with_id(conn, person).await? else { return Ok(None) };
    let grants = grants(conn, person).await?;
    Ok(Some(CameIn { by, person: who, grants }))
}

pub async fn add(conn: &mut SqliteConnection, new: &NewPerson<'_>) -> Result<i64, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if count(&mut tx).await? >= i64::from(MAX_PEOPLE) {
        return Err(StoreError::TooMany("people").into());
    }
    let id = insert(&mut tx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds somebody if there is nobody yet who has a password.
pub async fn add_first(
    conn: &mut SqliteConnection,
    new: &NewPerson<'_>,
) -> Result<Option<i64>, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if has_password(&mut tx).await? {
        return Ok(None);
    }
    let id = insert(&mut tx, new).await?;
    tx.commit().await?;
    Ok(Some(id))
}

async fn insert(conn: &mut SqliteConnection, new: &NewPerson<'_>) -> Result<i64, Failure> {
    let inserted = sqlx::query_as(
        "INSERT INTO people (name, role, password, twitch_login, twitch_id, created_ms)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(new.name)
    .bind(new.role)
    .bind(new.password)
    .bind(new.twitch_login)
    .bind(new.twitch_id)
    .bind(new.now_ms)
    .fetch_one(conn)
    .await;
    let (id,) = inserted.map_err(|error| taken(error, new.name))?;
    Ok(id)
}

/// Two people can't have one name.
fn taken(error: sqlx::Error, name: &str) -> Failure {
    let is_taken = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    if is_taken { StoreError::NameTaken(name.to_owned()).into() } else { error.into() }
}

/// A new password: everything that the old one opened is shut, and an invitation is used up.
pub async fn set_password(
    conn: &mut SqliteConnection,
    person: i64,
    password: &str,
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "UPDATE people SET password = ?, invite = NULL, invite_until_ms = NULL WHERE id = ?",
    )
    .bind(password)
    .bind(person)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM sessions WHERE person = ?").bind(person).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// A password by an invitation, which works once; whose.
pub async fn accept(
    conn: &mut SqliteConnection,
    invite: &Hash,
    password: &str,
    now_ms: i64,
) -> Result<Option<i64>, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let accepted: Option<(i64,)> = sqlx::query_as(
        "UPDATE people SET password = ?, invite = NULL, invite_until_ms = NULL
         WHERE invite = ? AND invite_until_ms > ? RETURNING id",
    )
    .bind(password)
    .bind(&invite[..])
    .bind(now_ms)
    .fetch_optional(&mut *tx)
    .await?;
    let Some((id,)) = accepted else { return Ok(None) };
    sqlx::query("DELETE FROM sessions WHERE person = ?").bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(Some(id))
}

pub async fn invite(
    conn: &mut SqliteConnection,
    person: i64,
    invite: &Hash,
    until_ms: i64,
) -> Result<(), Failure> {
    sqlx::query("UPDATE people SET invite = ?, invite_until_ms = ? WHERE id = ?")
        .bind(&invite[..])
        .bind(until_ms)
        .bind(person)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_twitch(
    conn: &mut SqliteConnection,
    person: i64,
    login: Option<&str>,
    id: Option<&str>,
) -> Result<(), Failure> {
    let set = sqlx::query("UPDATE people SET twitch_login = ?, twitch_id = ? WHERE id = ?")
        .bind(login)
        .bind(id)
        .bind(person)
        .execute(conn)
        .await;
    set.map_err(|error| taken(error, login.unwrap_or_default()))?;
    Ok(())
}

pub async fn set_grant(
    conn: &mut SqliteConnection,
    person: i64,
    channel: &str,
    role: Option<&str>,
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    set_grant_within(&mut tx, person, channel, role).await?;
    not_too_many(&mut tx, person).await?;
    tx.commit().await?;
    Ok(())
}

async fn set_grant_within(
    conn: &mut SqliteConnection,
    person: i64,
    channel: &str,
    role: Option<&str>,
) -> Result<(), Failure> {
    let query = match role {
        Some(role) => sqlx::query(
            "INSERT INTO grants (person, channel, role) VALUES (?, ?, ?)
             ON CONFLICT (person, channel) DO UPDATE SET role = excluded.role",
        )
        .bind(person)
        .bind(channel)
        .bind(role),
        None => sqlx::query("DELETE FROM grants WHERE person = ? AND channel = ?")
            .bind(person)
            .bind(channel),
    };
    query.execute(conn).await?;
    Ok(())
}

async fn not_too_many(conn: &mut SqliteConnection, person: i64) -> Result<(), Failure> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM grants WHERE person = ?")
        .bind(person)
        .fetch_one(conn)
        .await?;
    if count > i64::from(MAX_GRANTS) {
        return Err(StoreError::TooMany("grants").into());
    }
    Ok(())
}

pub async fn set_role(
    conn: &mut SqliteConnection,
    person: i64,
    role: Option<&str>,
) -> Result<(), Failure> {
    set_rights(conn, person, role, None).await
}

/// What somebody may do everywhere, and what is granted to them; without `grants` these stay.
pub async fn set_rights(
    conn: &mut SqliteConnection,
    person: i64,
    role: Option<&str>,
    grants: Option<&BTreeMap<String, &str>>,
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let before = owners(&mut tx).await?;
    sqlx::query("UPDATE people SET role = ? WHERE id = ?")
        .bind(role)
        .bind(person)
        .execute(&mut *tx)
        .await?;
    if let Some(grants) = grants {
        sqlx::query("DELETE FROM grants WHERE person = ?").bind(person).execute(&mut *tx).await?;
        for (channel, role) in grants {
            set_grant_within(&mut tx, person, channel, Some(role)).await?;
        }
        not_too_many(&mut tx, person).await?;
    }
    keep_an_owner(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn remove(conn: &mut SqliteConnection, person: i64) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let before = owners(&mut tx).await?;
    sqlx::query("DELETE FROM people WHERE id = ?").bind(person).execute(&mut *tx).await?;
    keep_an_owner(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}

/// Owners who can log in whatever becomes of Twitch.
async fn owners(conn: &mut SqliteConnection) -> Result<i64, Failure> {
    let sql = "SELECT count(*) FROM people WHERE role = 'owner' AND password IS NOT NULL";
    let (count,) = sqlx::query_as(sql).fetch_one(conn).await?;
    Ok(count)
}

/// Nobody shall lock everybody out.
async fn keep_an_owner(conn: &mut SqliteConnection, before: i64) -> Result<(), Failure> {
    if before > 0 && owners(conn).await? == 0 {
        return Err(StoreError::LastOwner.into());
    }
    Ok(())
}
