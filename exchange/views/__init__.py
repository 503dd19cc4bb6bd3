"""The screens below /exchange/."""
