# SPDX-License-Identifier: Apache-2.0
"""The partner simulator: eight invented platforms that can be told to misbehave.  See README.md."""
