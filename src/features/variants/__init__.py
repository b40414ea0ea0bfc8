"""What a customer's features would be, had something else been booked: its documents copied, changed, and counted anew."""
