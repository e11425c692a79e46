import { appendFile } from 'node:fs/promises';
import { heating, means, archive } from './pipeline.js';
import { mqtt } from './library.js';

// npm run pipeline -- mqtt://host: reads rooms/<room>/temperature, writes rooms/<room>/mean, keeps the means in means.jsonl
const client = mqtt(process.argv[2] ?? 'mqtt://localhost', { clientId: 'pipeline', clean: false });
const failed = (error: unknown) => console.error(String(error));

means(client, 10_000).subscribe({ next: ({ message, status }) => console.log(message.topic, status), error: failed });
heating(client, 'attic').subscribe({ next: on => console.log('attic: heating', on ? 'on' : 'off'), error: failed });
archive(client, row => appendFile('means.jsonl', `${JSON.stringify(row)}\n`)).subscribe({ error: failed });

process.once('SIGINT', () => client.disconnect({ drain: 2000 }).subscribe());
