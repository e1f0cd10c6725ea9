//! Log-ins under way: devices and browsers that wait for their user. Pure.

use std::collections::BTreeMap;

use rand::Rng;

use super::tokens::{Refusal, USER, word};

/// A device's code lives this long.
pub(crate) const DEVICE_LIFETIME_MS: i64 = 1_800_000;
/// A browser's code lives this long.
const CODE_LIFETIME_MS: i64 = 600_000;
/// Log-ins that wait; the oldest ones go first.
const MAX_WAITING: usize = 1_000;

/// What an application asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub client_id: String,
    pub scopes: Vec<String>,
}

/// What somebody said to a device's code.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Nothing,
    Yes(String),
    No,
}

#[derive(Debug, Clone)]
struct Device {
    asked: Asked,
    asked_ms: i64,
    user_code: String,
    polls: u32,
    said: Said,
}

#[derive(Debug, Clone)]
struct Code {
    asked: Asked,
    given_ms: i64,
    redirect: String,
    user: String,
}

/// All log-ins under way.
#[derive(Debug)]
pub(crate) struct Logins {
    devices: BTreeMap<String, Device>,
    codes: BTreeMap<String, Code>,
    /// A device is approved by itself at this question; `None`: never.
    approve_at: Option<u32>,
    /// Who sits at the browser.
    person: String,
}

impl Logins {
    pub fn new(approve_at: Option<u32>) -> Self {
        Self {
            devices: BTreeMap::new(),
            codes: BTreeMap::new(),
            approve_at,
            person: USER.to_owned(),
        }
    }

    /// Who says yes from now on, where nobody else is named.
    pub fn seat(&mut self, login: &str) {
        login.clone_into(&mut self.person);
    }

    /// A device asks; returns its code and the code for its user.
    pub fn ask(&mut self, asked: Asked, now_ms: i64, rng: &mut impl Rng) -> (String, String) {
        self.devices.retain(|_, device| now_ms - device.asked_ms < DEVICE_LIFETIME_MS);
        trim(&mut self.devices, |device| device.asked_ms);
        let code = word(rng, 40);
        let user_code = word(rng, 8).to_uppercase();
        let device = Device {
            asked,
            asked_ms: now_ms,
            user_code: user_code.clone(),
            polls: 0,
            said: Said::Nothing,
        };
        self.devices.insert(code.clone(), device);
        (code, user_code)
    }

    /// Somebody says yes (as `user`, or whoever sits at the browser) or no to a code;
    /// false: there is no such code.
    pub fn answer(&mut self, user_code: &str, user: Option<&str>, yes: bool) -> bool {
        let person = user.unwrap_or(&self.person).to_owned();
        let mut devices = self.devices.values_mut();
        let wanted = devices.find(|d| d.user_code.eq_ignore_ascii_case(user_code));
        let Some(device) = wanted else { return false };
        device.said = if yes { Said::Yes(person) } else { Said::No };
        true
    }

    /// A device's code is worth nothing from now on.
    pub fn forget(&mut self, code: &str) {
        self.devices.remove(code);
    }

    /// A device asks whether it was approved: by whom, and what for.
    pub fn poll(
        &mut self,
        client_id: &str,
        code: &str,
        now_ms: i64,
    ) -> Result<(String, Asked), Refusal> {
        let device = self.devices.get_mut(code).filter(|d| d.asked.client_id == client_id);
        let device = device.ok_or(Refusal::InvalidDevice)?;
        if now_ms - device.asked_ms >= DEVICE_LIFETIME_MS {
            return Err(Refusal::InvalidDevice);
        }
        device.polls += 1;
        if device.said == Said::Nothing && self.approve_at.is_some_and(|at| device.polls >= at) {
            device.said = Said::Yes(self.person.clone());
        }
        let said = device.said.clone();
        match said {
            Said::Nothing => Err(Refusal::Pending),
            Said::No => {
                self.devices.remove(code);
                Err(Refusal::Denied)
            }
            Said::Yes(user) => {
                let device = self.devices.remove(code).ok_or(Refusal::InvalidDevice)?;
                Ok((user, device.asked))
            }
        }
    }

    /// Whoever sits at the browser says yes; returns the code for the redirect.
    pub fn approve(
        &mut self,
        asked: Asked,
        redirect: &str,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> String {
        self.codes.retain(|_, code| now_ms - code.given_ms < CODE_LIFETIME_MS);
        trim(&mut self.codes, |code| code.given_ms);
        let code = word(rng, 30);
        let (redirect, user) = (redirect.to_owned(), self.person.clone());
        self.codes.insert(code.clone(), Code { asked, given_ms: now_ms, redirect, user });
        code
    }

    /// Trades a code, which works once, in the redirect that it was given for.
    pub fn trade(
        &mut self,
        client_id: &str,
        code: &str,
        redirect: &str,
        now_ms: i64,
    ) -> Result<(String, Asked), Refusal> {
        let known = self.codes.get(code).filter(|c| c.asked.client_id == client_id);
        let known = known.filter(|c| now_ms - c.given_ms < CODE_LIFETIME_MS);
        match known {
            None => return Err(Refusal::InvalidCode),
            Some(known) if known.redirect != redirect => return Err(Refusal::InvalidRedirect),
            Some(_) => {}
        }
        let code = self.codes.remove(code).ok_or(Refusal::InvalidCode)?;
        Ok((code.user, code.asked))
    }
}

fn trim<T>(waiting: &mut BTreeMap<String, T>, since_ms: impl Fn(&T) -> i64) {
    if waiting.len() >= MAX_WAITING {
        let oldest = waiting.iter().min_by_key(|(_, one)| since_ms(one)).map(|(k, _)| k.clone());
        oldest.map(|key| waiting.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn asked() -> Asked {
        Asked { client_id: "app".to_owned(), scopes: vec!["clips:edit".to_owned()] }
    }

    fn user(polled: Result<(String, Asked), Refusal>) -> Result<String, Refusal> {
        polled.map(|(user, _)| user)
    }

    #[test]
    fn a_device_waits_for_its_user() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut logins = Logins::new(None);
        let (code, user_code) = logins.ask(asked(), 0, &mut rng);
        assert_eq!(user(logins.poll("app", &code, 1)), Err(Refusal::Pending));
        assert_eq!(user(logins.poll("other", &code, 1)), Err(Refusal::InvalidDevice));
        assert!(!logins.answer("WRONG", None, true));
        assert!(logins.answer(&user_code.to_lowercase(), Some("ann"), true));
        assert_eq!(user(logins.poll("app", &code, 2)), Ok("ann".to_owned()));
        assert_eq!(user(logins.poll("app", &code, 3)), Err(Refusal::InvalidDevice));
        let (code, user_code) = logins.ask(asked(), 0, &mut rng);
        assert!(logins.answer(&user_code, None, false));
        assert_eq!(user(logins.poll("app", &code, 4)), Err(Refusal::Denied));
        let (code, _) = logins.ask(asked(), 0, &mut rng);
        let late = logins.poll("app", &code, DEVICE_LIFETIME_MS);
        assert_eq!(user(late), Err(Refusal::InvalidDevice));
    }

    #[test]
    fn a_device_can_be_approved_by_itself() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut logins = Logins::new(Some(2));
        logins.seat("bea");
        let (code, _) = logins.ask(asked(), 0, &mut rng);
        assert_eq!(user(logins.poll("app", &code, 1)), Err(Refusal::Pending));
        assert_eq!(user(logins.poll("app", &code, 2)), Ok("bea".to_owned()));
    }

    #[test]
    fn a_code_works_once_and_for_its_redirect() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut logins = Logins::new(None);
        let code = logins.approve(asked(), "http://localhost:1", 0, &mut rng);
        let mut trade = |redirect, now| user(logins.trade("app", &code, redirect, now));
        assert_eq!(trade("http://localhost:2", 0), Err(Refusal::InvalidRedirect));
        assert_eq!(trade("http://localhost:1", CODE_LIFETIME_MS), Err(Refusal::InvalidCode));
        assert_eq!(trade("http://localhost:1", 0), Ok(USER.to_owned()));
        assert_eq!(trade("http://localhost:1", 0), Err(Refusal::InvalidCode));
    }
}
