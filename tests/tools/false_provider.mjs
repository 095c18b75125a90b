// An identity provider that lies, on PORT: whoever is sent to it comes back at once, and what it then says is wrong in the
// way that it was last told at /be/WAY. A code is good as often as one likes.
import crypto from 'node:crypto';
import http from 'node:http';

const [port] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const pair = () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
let keys = pair();
const others = pair();
let kid = 'one';
let way = 'well';
let nonce = '';
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims, alg = 'RS256', key = keys.privateKey) => {
  const said = `${part({ alg, kid })}.${part(claims)}`;
  const sign = {
    RS256: () => crypto.sign('sha256', Buffer.from(said), key),
    HS256: () => crypto.createHmac('sha256', key).update(said).digest(),
    none: () => Buffer.alloc(0),
  };
  return `${said}.${sign[alg]().toString('base64url')}`;
};
const idToken = () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: 'marie', aud: 'essaim', exp: now + 300, iat: now, nonce };
  const changed = {
    nonce: { nonce: 'another' }, 'no-nonce': { nonce: undefined }, audience: { aud: 'another' },
    audiences: { aud: ['essaim', 'another'] }, issuer: { iss: 'http://another.example' },
    expired: { exp: now - 1 }, old: { iat: now - 3600 }, early: { iat: now + 3600 },
  }[way];
  const all = { ...claims, ...changed };
  if (way === 'none') return token(all, 'none');
  // With the public key as if it were a shared secret, and with the secret that both know.
  if (way === 'hs256-public') return token(all, 'HS256', keys.publicKey.export({ type: 'spki', format: 'pem' }));
  if (way === 'hs256') return token(all, 'HS256', 'secret');
  if (way === 'other-key') return token(all, 'RS256', others.privateKey);
  return token(all);
};
const person = () => {
  const claims = { sub: 'marie', email: 'marie@lab.example', email_verified: true, given_name: 'Marie', usual_name: 'D', siret: '1' };
  if (way === 'other-subject') claims.sub = 'eve';
  if (way === 'unverified') claims.email_verified = false;
  if (way === 'unsigned') return ['application/json', JSON.stringify(claims)];
  const whole = { ...claims, iss: issuer, aud: way === 'info-audience' ? 'another' : 'essaim' };
  if (way === 'info-none') return ['application/jwt', token(whole, 'none')];
  if (way === 'info-key') return ['application/jwt', token(whole, 'RS256', others.privateKey)];
  return ['application/jwt', token(whole)];
};
http.createServer((request, response) => {
  const url = new URL(request.url, issuer);
  const answer = (status, type, body) => response.writeHead(status, { 'content-type': type }).end(body);
  const json = (value, status = 200) => answer(status, 'application/json', JSON.stringify(value));
  if (url.pathname === '/healthz') return answer(200, 'text/plain', 'ok');
  if (url.pathname.startsWith('/be/')) {
    way = url.pathname.slice(4);
    // A new key under a new name, as providers do from time to time.
    if (way === 'rotated') [keys, kid] = [pair(), `${kid}+`];
    return answer(200, 'text/plain', way);
  }
  if (way === 'down') return answer(503, 'text/html', '<h1>maintenance</h1>');
  if (url.pathname === '/.well-known/openid-configuration') {
    return json({
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'],
      subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    });
  }
  if (url.pathname === '/jwks') {
    return json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] });
  }
  if (url.pathname === '/authorize') {
    nonce = url.searchParams.get('nonce');
    const back = new URL(url.searchParams.get('redirect_uri'));
    back.searchParams.set('state', way === 'state' ? 'another' : url.searchParams.get('state'));
    if (way === 'denied') back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', 'a-code');
    if (way === 'mixed-up') back.searchParams.set('iss', 'http://another.example');
    return response.writeHead(302, { location: back.href }).end();
  }
  if (url.pathname === '/token') {
    if (way === 'grant') return json({ error: 'invalid_grant' }, 400);
    if (way === 'endless') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => { while (response.write(' '.repeat(65536))); };
      response.on('drain', more).on('error', () => {});
      return more();
    }
    return json({ access_token: 'very-secret-token', token_type: 'Bearer', id_token: way === 'no-token' ? undefined : idToken() });
  }
  if (url.pathname === '/userinfo') {
    const [type, body] = person();
    return answer(200, type, body);
  }
  answer(404, 'text/plain', '');
}).listen(Number(port), '127.0.0.1');
