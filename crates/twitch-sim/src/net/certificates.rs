//! Certificates, made anew at each start: a root with a good one, and such as nobody should trust.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// Names of this machine.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// A name of nobody (RFC 2606).
const ELSEWHERE: [&str; 1] = ["elsewhere.example"];
/// Letters in a line of PEM (RFC 7468).
const PEM_LINE: usize = 64;

/// What TLS is spoken with.
pub(crate) struct Certificates {
    root_pem: String,
    good: TlsAcceptor,
    /// In the order in which they are shown.
    bad: [TlsAcceptor; 3],
    shown: AtomicUsize,
}

impl Certificates {
    /// Makes a root, and what it signs.
    pub fn new() -> io::Result<Self> {
        let root = root().map_err(io::Error::other)?;
        let signed = |names: &[&str], is_expired: bool| {
            let made = signed(&root, names, is_expired).map_err(io::Error::other);
            made.and_then(|(certificate, key)| acceptor(certificate, &key))
        };
        Ok(Self {
            root_pem: pem(root.der()),
            good: signed(&HERE, false)?,
            bad: [untrusted()?, signed(&HERE, true)?, signed(&ELSEWHERE, false)?],
            shown: AtomicUsize::new(0),
        })
    }

    /// The root, for those who shall trust it.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Signed by the root, for this machine.
    pub fn good(&self) -> &TlsAcceptor {
        &self.good
    }

    /// In turn: self-signed, expired, for another name.
    pub fn bad(&self) -> &TlsAcceptor {
        &self.bad[self.shown.fetch_add(1, Ordering::Relaxed) % self.bad.len()]
    }
}

/// A certificate for this machine that vouches for itself.
pub(crate) fn untrusted() -> io::Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(HERE.map(str::to_owned));
    let made = made.map_err(io::Error::other)?;
    acceptor(made.cert.der().clone(), &made.signing_key)
}

type Made<T> = Result<T, rcgen::Error>;

fn root() -> Made<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root of a simulated Twitch");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn signed(
    issuer: &Issuer<'_, KeyPair>,
    names: &[&str],
    is_expired: bool,
) -> Made<(CertificateDer<'static>, KeyPair)> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.use_authority_key_identifier_extension = true;
    if is_expired {
        params.not_after = rcgen::date_time_ymd(2011, 6, 6);
    }
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, issuer)?.der().clone(), key))
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> io::Result<TlsAcceptor> {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config.with_no_client_auth().with_single_cert(vec![certificate], key.into())
        });
    Ok(TlsAcceptor::from(Arc::new(config.map_err(io::Error::other)?)))
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<_> =
        text.as_bytes().chunks(PEM_LINE).map(|line| String::from_utf8_lossy(line)).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
