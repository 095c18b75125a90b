// An identity provider that others wrote (npm oidc-provider), on PORT, for a node at BASE. Anybody signs in as anybody: who
// they are is said by the name they sign in with. Signs what it says of people where PROFILE is proconnect.
import crypto from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, base, profile] = process.argv.slice(2);
const library = path.join(process.env.ESSAIM_TEST_NODE, 'oidc-provider/lib/index.js');
const { Provider } = await import(pathToFileURL(library));

const people = {
  marie: { email: 'Marie.Dupont@lab.example', email_verified: true, given_name: 'Marie', usual_name: 'Dupont', siret: '13002526500013' },
  // An address that anybody can write into their profile.
  eve: { email: 'marie.dupont@lab.example', email_verified: false, given_name: 'Eve', usual_name: 'X', siret: '13002526500013' },
  // The successor at an address.
  jeanne: { email: 'marie.dupont@lab.example', email_verified: true, given_name: 'Jeanne', usual_name: 'Dupont', siret: '13002526500013' },
  max: { email: 'max@elsewhere.example', email_verified: true, given_name: 'Max', usual_name: '<b>Y', siret: '11000201100044' },
};
const signed = profile === 'proconnect' ? { userinfo_signed_response_alg: 'RS256' } : {};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'essaim', client_secret: 'un-secret:a-taire&+%', ...signed,
    token_endpoint_auth_method: profile === 'proconnect' ? 'client_secret_post' : 'client_secret_basic',
    redirect_uris: [`${base}desk/sign-in/back`], post_logout_redirect_uris: [`${base}desk/sign-in`],
  }],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: undefined, ...people[id] }) }),
  claims: {
    openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'usual_name'], given_name: ['given_name'],
    usual_name: ['usual_name'], siret: ['siret'], uid: ['sub'], idp_id: [],
  },
  features: { devInteractions: { enabled: true }, jwtUserinfo: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  // Its own at each start.
  jwks: { keys: [crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
});
provider.use(async (ctx, next) => {
  if (ctx.path === '/healthz') ctx.body = 'ok';
  else await next();
});
provider.listen(Number(port), '127.0.0.1');
