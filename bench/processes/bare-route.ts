// A Fastify application with a single route that returns bytes it has ready. Arguments: the body in base64, its content type.
import Fastify from 'fastify';

const [body = '', contentType = ''] = process.argv.slice(2);
const bytes = Buffer.from(body, 'base64');
const app = Fastify();
app.get('/submission', async (_request, reply) => reply.header('content-type', contentType).send(bytes));
const url = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url: `${url}/submission` }));
process.stdin.resume().on('end', () => process.exit(0));
