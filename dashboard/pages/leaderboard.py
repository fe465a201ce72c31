import streamlit as st
st.title("Leaderboard"); st.write(st.secrets["elicit"]["url"])
