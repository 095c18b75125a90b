//! `X-Hub-Signature` (WebSub §7.1, §8): proof that a delivery comes from whoever knows the secret, and came whole.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::event::text::hex;
use crate::programme::push::Secret;

/// The signature that we send: `sha256=…`.
pub(super) fn sign(secret: &Secret, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(body);
    let hex = hex(&mac.finalize().into_bytes());
    Some(format!("sha256={hex}"))
}

/// Whether a header signs this body with this secret. Compared in constant time: how long a refusal takes must not
/// tell how much of a forgery was right.
pub(super) fn verify(secret: &Secret, header: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = header.trim().split_once('=') else { return false };
    let Some(code) = bytes(hex) else { return false };
    // All that the Recommendation names (§8.1). SHA-1, which the oldest hubs still use, is broken for collisions, which
    // an HMAC does not rest on (RFC 6194 §3.3).
    match method {
        "sha1" => agrees::<Hmac<Sha1>>(secret, &code, body),
        "sha256" => agrees::<Hmac<Sha256>>(secret, &code, body),
        "sha384" => agrees::<Hmac<Sha384>>(secret, &code, body),
        "sha512" => agrees::<Hmac<Sha512>>(secret, &code, body),
        _ => false,
    }
}

fn agrees<M: Mac + KeyInit>(secret: &Secret, code: &[u8], body: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.reveal().as_bytes()) else { return false };
    Mac::update(&mut mac, body);
    mac.verify_slice(code).is_ok()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    // SHA-512 gives 128 digits, and nothing here gives more.
    if hex.len() > 128 || !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_of_the_four_methods_is_refused() {
        // RFC 2202 §3 and RFC 4231 §4.3: case 2 of both, the key `Jefe`.
        let (secret, body) = (Secret::new("Jefe").unwrap(), b"what do ya want for nothing?");
        for header in [
            "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ] {
            assert!(verify(&secret, header, body), "{header}");
            assert!(!verify(&secret, header, b"what do ya want for nothing!"), "{header}");
            assert!(!verify(&Secret::new("Jeff").unwrap(), header, body), "{header}");
        }
        assert_eq!(
            sign(&secret, body).unwrap(),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_is_no_signature_is_taken_for_one() {
        let secret = Secret::new("s").unwrap();
        for header in ["", "sha256", "sha256=", "md5=d41d8cd98f00b204e9800998ecf8427e", "sha256=zz", "sha256=é", "=00"]
        {
            assert!(!verify(&secret, header, b""), "{header}");
        }
        assert!(!verify(&secret, &format!("sha256={}", "0".repeat(100_000)), b""));
    }
}
