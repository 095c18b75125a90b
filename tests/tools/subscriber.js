// A subscriber that others wrote (npm pubsubhubbub), driven line by line: subscribes to TOPIC at HUB, tells on its
// output what it is told, and unsubscribes when its input says so.
'use strict';

const crypto = require('crypto');
const pubsubhubbub = require('pubsubhubbub');

const [hub, topic] = process.argv.slice(2);
const secret = 's3cret';
const client = pubsubhubbub.createServer({ callbackUrl: '', secret, leaseSeconds: 3600 });
const say = (event, told) => console.log(JSON.stringify({ event, ...told }));
const complain = error => error && say('error', { message: String(error), body: error.responseBody });

client.on('listen', () => {
    client.callbackUrl = `http://127.0.0.1:${client.server.address().port}`;
    client.subscribe(topic, hub, complain);
    // It sends HMAC-SHA1(secret, topic) for a secret (1.0.2), and then verifies with what it was given.
    client.secret = crypto.createHmac('sha1', secret).update(topic).digest('hex');
});
client.on('subscribe', told => say('subscribe', { topic: told.topic }));
client.on('denied', told => say('denied', { topic: told.topic, error: String(told.error) }));
client.on('feed', told => {
    const { 'content-type': type, 'x-hub-signature': signature, link } = told.headers;
    say('feed', { type, signature, link, feed: told.feed.toString('utf-8') });
});
client.on('unsubscribe', told => {
    say('unsubscribe', { topic: told.topic });
    process.exit(0);
});
process.stdin.on('data', () => {
    client.secret = secret;
    client.unsubscribe(topic, hub, complain);
});
process.stdin.on('end', () => process.exit(1));
client.listen(0, '127.0.0.1');
