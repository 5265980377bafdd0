/** An operation to be executed, and how its errors are shown. */

import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { Context } from '../schema/context.ts';
import type { Mask } from './mask.ts';

export type Operation = Omit<ExecutionArgs, 'contextValue'> & { contextValue: Context };

/** The mask takes whatever was thrown. */
export const failed = (error: unknown): ExecutionResult => ({ errors: [error as GraphQLError] });

export const masked = (result: ExecutionResult, mask: Mask): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map(mask) } : result;
