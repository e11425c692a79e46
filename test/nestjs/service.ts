import 'reflect-metadata';
import type { INestMicroservice, LogLevel, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type Observable, ReplaySubject, filter, map } from 'rxjs';
import {
  MqttClientProxy,
  type MqttClientProxyOptions,
  MqttServer,
  type MqttServerOptions,
} from '../../src/nestjs/index.js';

/** What NestJS logs, by level. */
export class MemoryLogger {
  readonly lines: { level: LogLevel; text: string }[] = [];
  readonly #line$ = new ReplaySubject<{ level: LogLevel; text: string }>();
  log = (text: unknown) => this.#add('log', text);
  warn = (text: unknown) => this.#add('warn', text);
  error = (text: unknown) => this.#add('error', text);

  at(level: LogLevel): string[] {
    return this.lines.filter(line => line.level === level).map(line => line.text);
  }

  /** Emits the lines of a level that begin with these words, also those of before. */
  line$(level: LogLevel, beginning: string): Observable<string> {
    return this.#line$.pipe(
      filter(line => line.level === level && line.text.startsWith(beginning)),
      map(({ text }) => text),
    );
  }

  #add(level: LogLevel, text: unknown): void {
    const line = { level, text: text instanceof Error ? text.message : String(text) };
    this.lines.push(line);
    this.#line$.next(line);
  }
}

const running: { close(): unknown }[] = [];

/** Ends what the tests have started. */
export async function closeAll(): Promise<void> {
  for (const each of running.splice(0).reverse()) await each.close();
}

export interface Service {
  readonly app: INestMicroservice;
  readonly server: MqttServer;
  readonly logger: MemoryLogger;
}

/** Starts a microservice with these controllers; it listens when this resolves. */
export async function startService(
  controllers: Type[],
  options: MqttServerOptions,
  providers: Type[] = [],
): Promise<Service> {
  const logger = new MemoryLogger();
  const testing = await Test.createTestingModule({ controllers, providers }).setLogger(logger).compile();
  const server = new MqttServer(options);
  const app = testing.createNestMicroservice({ strategy: server });
  running.push(app);
  await app.listen();
  return { app, server, logger };
}

export function createProxy(options: MqttClientProxyOptions): MqttClientProxy {
  const proxy = new MqttClientProxy(options);
  running.push(proxy);
  return proxy;
}
