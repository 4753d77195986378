"""Steps between loading the warehouse and sending leads, run by Meltano (`warehouse:…`)."""
