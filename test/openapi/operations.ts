// The operations of the OpenAPI document, and a check for each answer that it describes.
import { Compile } from 'typebox/schema';
import type { OpenApiAnswer, OpenApiDocument, OpenApiOperation } from '../../packages/server/src/http/openapi.ts';
import type { JsonSchema } from '../../packages/server/src/http/openapi-schemas.ts';

export interface Operation extends OpenApiOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the parameters in braces. */
  readonly path: string;
}

export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase() as Operation['method'],
      path,
    })),
  );
}

/** The roles of which one is needed; undefined where no token is asked for. */
export function rolesOf(operation: Operation): readonly string[] | undefined {
  return operation.security.length === 0
    ? undefined
    : operation.security.flatMap(({ accessToken = [] }) => accessToken);
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Checks answers against what a document says of its operations. */
export class AnswerChecks {
  readonly #document: OpenApiDocument;
  readonly #compiled = new Map<JsonSchema, ReturnType<typeof Compile>>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
  }

  schemaNamed(reference: string): JsonSchema {
    return this.#document.components.schemas[reference.slice(reference.lastIndexOf('/') + 1)] ?? {};
  }

  #answerOf(operation: Operation, status: number): OpenApiAnswer | undefined {
    const answer = operation.responses[String(status)];
    if (answer === undefined || !('$ref' in answer)) return answer;
    const { responses } = this.#document.components as unknown as { responses: Record<string, OpenApiAnswer> };
    return responses[answer.$ref.slice(answer.$ref.lastIndexOf('/') + 1)];
  }

  #check(schema: JsonSchema): ReturnType<typeof Compile> {
    let compiled = this.#compiled.get(schema);
    if (compiled === undefined) {
      compiled = Compile({ ...schema, components: this.#document.components });
      this.#compiled.set(schema, compiled);
    }
    return compiled;
  }

  /** What is wrong with an answer; undefined when it is as the document says. */
  faultOf(operation: Operation, { status, contentType, body }: ReceivedAnswer): string | undefined {
    const answer = this.#answerOf(operation, status);
    if (answer === undefined) return `${status} is not documented: ${body.slice(0, 500)}`;
    const contents = Object.entries(answer.content ?? {});
    if (contents.length === 0) return body === '' ? undefined : `${status} should have no body: ${body.slice(0, 500)}`;
    const type = contentType?.split(';')[0];
    const content = contents.find(([name]) => name === type)?.[1];
    if (content === undefined) return `${status} is of type ${contentType}, not ${contents.map(([name]) => name)}`;
    if (type !== 'application/json') return undefined;
    // Large integers lose digits here and stay integers; that ids keep theirs is tested elsewhere.
    const [fits, errors] = this.#check(content.schema).Errors(JSON.parse(body));
    return fits ? undefined : `${status} does not fit its schema: ${JSON.stringify(errors)} in ${body.slice(0, 2000)}`;
  }
}
