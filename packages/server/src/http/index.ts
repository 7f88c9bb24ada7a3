// Front door of http.
export { type AppOptions, createApp } from './app.ts';
export type { LogOptions } from './request-log.ts';
