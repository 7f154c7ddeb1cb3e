"""What a release needs: its address, its torch, the proof that it runs on Colab."""
