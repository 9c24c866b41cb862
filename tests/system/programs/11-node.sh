# needs: nodejs
cat >all.js <<'X'
const { Worker, isMainThread, parentPort } = require('worker_threads');
if (isMainThread) main(); else { let x = 0; for (let i = 0; i < 1e5; i++) x += i; parentPort.postMessage(x); }
async function main() {
  let sum = 0;
  for (let i = 0; i < 3e6; i++) sum = (sum + i * i) | 0;
  console.log('sum', sum);
  console.log('worker', await new Promise(done => new Worker(__filename).on('message', done)));
  console.log('child', require('child_process').execSync('uname -m').toString().trim());
  const http = require('http');
  const server = http.createServer((request, response) => response.end('x'.repeat(1000))).listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const get = () => new Promise(done => http.get({ port: server.address().port }, response => {
    let length = 0;
    response.on('data', chunk => length += chunk.length).on('end', () => done(length));
  }));
  let total = 0;
  for (let round = 0; round < 10; round++) for (const length of await Promise.all(Array.from({ length: 20 }, get))) total += length;
  console.log('served', total);
  server.close();
}
X
node all.js
