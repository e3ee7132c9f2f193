"""What a model is: layers, their places in a stack, and every formula that is derived from them. Pure algebra."""
