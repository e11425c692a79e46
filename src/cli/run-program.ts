import { spawn } from 'node:child_process';
import { Observable } from 'rxjs';
import type { MqttMessage } from '../index.js';
import type { Terminal } from './terminal.js';

const LF = 0x0a;

/**
 * Runs a command line with the payload of a message as its input. Emits its output, without the last end of line, when it ends with code 0, and
 * errors when it fails. Unsubscribing ends it.
 */
export function outputOf(
  command: string,
  { topic, payload }: MqttMessage,
  { stderr, env }: Terminal,
): Observable<Uint8Array> {
  return new Observable(subscriber => {
    // its own process group, so that the programs which the shell has started end with it
    const detached = process.platform !== 'win32';
    const child = spawn(command, { shell: true, detached, env: { ...env, MQTT_TOPIC: topic } });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
    // a program need not read its input
    child.stdin.on('error', () => undefined).end(payload);
    child.on('error', error => subscriber.error(error));
    child.on('close', (code, signal) => {
      if (code !== 0) return subscriber.error(new Error(`'${command}' ended with ${signal ?? `code ${code}`}`));
      const bytes = Buffer.concat(output);
      subscriber.next(bytes.at(-1) === LF ? bytes.subarray(0, -1) : bytes);
      subscriber.complete();
    });
    return () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      try {
        process.kill(detached ? -child.pid : child.pid);
      } catch {
        // it has just ended
      }
    };
  });
}
