import { OrderStatus as OneOfOrder, ShipmentStatus as OneOfShipment } from '../../orders/statuses.ts';

export const OrderStatus = OneOfOrder.meta({
  id: 'OrderStatus',
  description: "What the order's shipments say together: of those that are open, the one that is least far.",
});

export const ShipmentStatus = OneOfShipment.meta({ id: 'ShipmentStatus' });
