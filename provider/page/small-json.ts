import express, { type RequestHandler } from 'express';
import { refuse } from '../../sdk/node';

/** Enough for all preferences at once. */
const parse = express.json({ limit: '64kb', strict: true });

/** Reads a body of JSON, and takes no other: forms of other pages cannot send it. */
export const smallJson: RequestHandler = (request, response, next) => {
    if (request.is('application/json') === false) return refuse(response, 415, 'Send JSON.');
    parse(request, response, (error?: unknown) => {
        if (error === undefined) return next();
        const { status } = error as { readonly status?: number };
        refuse(response, status === 413 ? 413 : 400, 'The body is no JSON, or too long.');
    });
};
