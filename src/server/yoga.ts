/** GraphQL over HTTP and server-sent events, by Yoga; how an operation runs is the same as on a socket. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentNode, type ExecutionArgs, GraphQLError, type GraphQLSchema } from 'graphql';
import { createYoga, type FetchAPI, type Plugin } from 'graphql-yoga';
import type { Viewer } from '../auth/viewer.ts';
import { createContext, type Services } from '../schema/context.ts';
import { badInput } from '../schema/errors.ts';
import type { Documents } from './documents.ts';
import type { Mask } from './mask.ts';
import type { Operation } from './operation.ts';
import type { Run } from './subscribe.ts';

export const largestBody = 1024 * 1024;

type ServerContext = { req: IncomingMessage; res: ServerResponse; viewer: Viewer | null; revoked: AbortSignal };

/** Answers requests to /graphql whose token, if there is one, has been verified; `revoked` is aborted once it is not good any more. */
export function createYogaHandler(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  services: Services;
  run: Run;
  mask: Mask;
  /** Told of each response that becomes a stream of server-sent events, and of whom. */
  onStream: (response: ServerResponse, viewer: Viewer | null) => void;
}): (request: IncomingMessage, response: ServerResponse, viewer: Viewer | null, revoked: AbortSignal) => Promise<void> {
  const { schema, documents, services, run, mask, onStream } = deps;

  const operationOf = (args: ExecutionArgs): Operation => ({
    schema,
    document: args.document,
    operationName: args.operationName,
    variableValues: args.variableValues,
    contextValue: createContext(services, (args.contextValue as ServerContext).viewer),
  });

  const ours: Plugin<ServerContext> = {
    onRequestParse({ request, requestParser, setRequestParser, endResponse, fetchAPI }) {
      // Before anything is done: a mutation whose answer cannot be taken must not happen.
      if (!isAnswerable(request.headers.get('accept') ?? '*/*')) return endResponse(notAcceptable(fetchAPI));
      setRequestParser(async (toParse) => {
        if (!requestParser) throw badRequest(415, 'POST takes `content-type: application/json`.');
        try {
          return await requestParser(toParse);
        } catch (error) {
          if (error instanceof SyntaxError) throw badRequest(400, '`variables` and `extensions` have to be JSON.');
          throw error;
        }
      });
    },
    onResultProcess({ resultProcessor, setResultProcessor }) {
      // What is left then is a subscription by one who takes no stream.
      if (!resultProcessor) setResultProcessor((_, fetchAPI) => notAcceptable(fetchAPI), 'application/json');
    },
    onParse: ({ setParseFn }) => {
      setParseFn((source: unknown) => documents.parse(String(source)));
    },
    onValidate: ({ setValidationFn }) => {
      setValidationFn((_schema: unknown, document: DocumentNode) => documents.validate(document));
    },
    onExecute: ({ setExecuteFn }) => {
      setExecuteFn((args: ExecutionArgs) => run.perform(operationOf(args)));
    },
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const { res, viewer, revoked } = args.contextValue as ServerContext;
        const results = await run.subscribe(operationOf(args), { until: viewer?.expiresAt, revoked });
        onStream(res, viewer);
        // nginx would keep events back until it has enough of them.
        res.setHeader('x-accel-buffering', 'no');
        // Yoga learns of a client that left only when it next writes.
        if (res.destroyed) void results.return();
        else res.once('close', () => void results.return());
        return results;
      });
    },
  };

  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: largestBody,
    parserAndValidationCache: false,
    maskedErrors: { maskError: (error) => requestError(error) ?? mask(error) },
    logging: false,
    // No guard against forged requests: a token comes in the Authorization header only, which another page's browser
    // never adds by itself, as it would a cookie. So there is nothing to ride on, and a plain GET may ask.
    plugins: [ours],
  });

  return async (req, res, viewer, revoked) => {
    await yoga(req, res, { req, res, viewer, revoked });
  };
}

const isAnswerable = (accept: string): boolean =>
  /\*\/\*|application\/(\*|json|graphql-response\+json)|text\/(\*|event-stream)|multipart\/mixed/i.test(accept);

/** Whoever takes neither is told in JSON all the same. */
const notAcceptable = ({ Response }: Pick<FetchAPI, 'Response'>): Response =>
  Response.json(
    { errors: [badInput('This is answered as application/json; a subscription as text/event-stream: set Accept.')] },
    { status: 406 },
  );

const badRequest = (status: number, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { http: { status } } });

const kept = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** What Yoga says of a request it cannot take, with its HTTP status, but a code of the contract; null for other errors. */
function requestError(error: unknown): GraphQLError | null {
  if (!(error instanceof GraphQLError) || error.originalError || error.path || !error.extensions['http']) return null;
  if (kept.has(String(error.extensions['code']))) return error;
  // `spec` would answer 200 to a body that is no JSON, if asked for application/json.
  const { spec: _, ...http } = error.extensions['http'] as Record<string, unknown>;
  const message = http['status'] === 413 ? `A request has at most ${largestBody} bytes.` : error.message;
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http } });
}
