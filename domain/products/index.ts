import type { ProductName } from '../application/products.ts';
import type { Application } from '../application/submission.ts';
import { autoLoan } from './auto-loan.ts';
import { creditLine } from './credit-line.ts';
import { personalLoan } from './personal-loan.ts';
import type { Product } from './product.ts';

export const PRODUCTS: Readonly<Record<ProductName, Product>> = {
  'personal-loan': personalLoan,
  'auto-loan': autoLoan,
  'credit-line': creditLine,
};

export function productOf({ product }: Pick<Application, 'product'>): Product {
  return PRODUCTS[product];
}
