import 'reflect-metadata';
import type { INestMicroservice, LogLevel, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  MqttClientProxy,
  type MqttClientProxyOptions,
  MqttServer,
  type MqttServerOptions,
} from '../../src/nestjs/index.js';

/** What NestJS logs, by level. */
export class MemoryLogger {
  readonly lines: { level: LogLevel; text: string }[] = [];
  log = (text: unknown) => this.#add('log', text);
  warn = (text: unknown) => this.#add('warn', text);
  error = (text: unknown) => this.#add('error', text);

  at(level: LogLevel): string[] {
    return this.lines.filter(line => line.level === level).map(line => line.text);
  }

  #add(level: LogLevel, text: unknown): void {
    this.lines.push({ level, text: text instanceof Error ? text.message : String(text) });
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
