// A Fastify application with two routes that do nothing but answer: one with bytes it has ready, one with the object that
// these bytes spell, which Fastify writes as JSON. Arguments: the body in base64, its content type.
import { parseJson } from '@assay/hardware-api';
import { Submission } from '@assay/hardware-api/schemas';
import Fastify from 'fastify';

const [body = '', contentType = ''] = process.argv.slice(2);
const bytes = Buffer.from(body, 'base64');
const object = parseJson(bytes.toString('utf8'));
const app = Fastify();
app.get('/bytes', async (_request, reply) => reply.header('content-type', contentType).send(bytes));
app.get('/object', { schema: { response: { 200: Submission } } }, async () => object);
const url = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url }));
process.stdin.resume().on('end', () => process.exit(0));
